// entry.js makes the fields that an officer types into from a paper. Each has a
// label, says what it wants, and tells whether what stands in it will do; the
// station checks it again.
import { el } from '../dom.js';
import { t } from '../words.js';

// entry is one field. good looks at the plain text; read turns it into what the
// station takes.
export function entry({ name, label, value = '', note = '', length = 120, mode = 'text', required = true, good = () => true, read = (text) => text, wide = '', example = '', changed }) {
  const input = el('input', { type: 'text', inputmode: mode, maxlength: String(length), autocomplete: 'off', spellcheck: 'false', placeholder: example, value,
    'data-test': name, 'aria-required': String(required), on: { input: () => { input.removeAttribute('aria-invalid'); changed(); }, blur: mark } });
  const plain = () => input.value.trim().replace(/\s+/g, ' ');
  const ok = () => (plain() === '' ? !required : good(plain()));
  function mark() {
    if (plain() !== '' && !ok()) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  }
  return {
    name, input, ok, label, plain,
    empty: () => plain() === '',
    value: () => (plain() === '' ? '' : read(plain())),
    node: el('label', { class: `field ${wide}` }, el('span', {}, label, required ? '' : el('i', {}, ` ${t('entry.optional')}`)), input, note ? el('small', {}, note) : null),
  };
}

// days are the forms of a date as people write it: a day, where part of it may
// do a month, or a year.
const days = [[/^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$/, 3], [/^(\d{2})(\d{2})(\d{4})$/, 3], [/^(\d{1,2})[/.-](\d{4})$/, 2], [/^(\d{4})$/, 1]];

// isoOf is a date as the station takes it, '' where it is none. part allows one
// of which the day, or the month, is not known.
export function isoOf(text, part = false) {
  for (const [form, count] of days) {
    const found = form.exec(text);
    if (!found || (count < 3 && !part)) continue;
    const [year, month, day] = found.slice(1).reverse();
    if (count === 1) return year;
    const iso = [year, month.padStart(2, '0'), (day ?? '01').padStart(2, '0')].join('-');
    const at = new Date(`${iso}T00:00:00Z`);
    if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== iso) return '';
    return count === 3 ? iso : iso.slice(0, 7);
  }
  return '';
}

// dateEntry is a field for a date, written as people here write it.
export const dateEntry = ({ part = false, ...rest }) => entry({ mode: 'numeric', length: 10, example: t('entry.date-example'), good: (text) => isoOf(text, part) !== '', read: (text) => isoOf(text, part), ...rest });

// numberEntry is a field for the 12 digits of a person.
export const numberEntry = (rest) => entry({ mode: 'numeric', length: 15, good: (text) => /^\d{12}$/.test(bare(text)), read: bare, ...rest });

const bare = (text) => text.replace(/[ .]/g, '');

// nameEntry is a field for a name.
export const nameEntry = (rest) => entry({ length: 100, good: (text) => /^[^0-9<>|]+$/.test(text), ...rest });

// choices is a group of which one is chosen: options are {code, label, sign?}.
export function choices({ name, label, options, value = '', changed, wide = '' }) {
  const group = `${name}-${crypto.randomUUID()}`;
  const inputs = options.map((o) => el('input', { type: 'radio', name: group, value: o.code, on: { change: changed } }));
  const chosen = () => inputs.find((i) => i.checked)?.value ?? '';
  inputs.forEach((i) => { i.checked = i.value === value; });
  return {
    value: chosen,
    ok: () => chosen() !== '',
    focus: () => (inputs.find((i) => i.checked) ?? inputs[0]).focus(),
    choose(code) { inputs.forEach((i) => { i.checked = i.value === code; }); },
    node: el('fieldset', { class: `choices ${wide}` }, el('legend', {}, label),
      el('div', {}, options.map((o, i) => el('label', { 'data-test': `${name}-${o.code}` }, inputs[i], el('span', {}, o.label, o.note ? el('small', {}, o.note) : null))))),
  };
}
