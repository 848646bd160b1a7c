// facts.js shows the citizen's data with the source of each field.
import { el } from '../dom.js';
import { known, lang, t } from '../words.js';

// date writes YYYY-MM-DD the way people read it here.
export function date(value) {
  if (value === 'none') return t('person.no-expiry');
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value ?? '');
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : value;
}

const order = ['name', 'number', 'birth', 'sex', 'nationality', 'residence', 'origin', 'issue', 'expiry', 'old_number'];
const wide = { name: 'half', number: 'half', residence: 'whole', origin: 'whole' };

// factList is a grid of the fields; a conflict shows both sides.
// Those that edit lists get a button for a correction.
export function factList(fields, names = order, edit = null) {
  const found = names.map((name) => fields.find((f) => f.name === name)).filter((f) => f && f.value);
  return el('dl', { class: 'cells' }, found.map((f) => el('div', { class: `cell ${wide[f.name] ?? ''} ${f.conflict ? 'conflict' : ''}`, 'data-test': `fact-${f.name}` },
    el('dt', {}, known(`field.${f.name}`) ? t(`field.${f.name}`) : f.name,
      edit?.names.includes(f.name) ? el('button', { type: 'button', class: 'correct', 'data-test': `correct-${f.name}`, on: { click: () => edit.run(f) } }, t('person.correct')) : null,
      el('span', { class: `chosen ${f.conflict ? 'conflict' : f.source}` }, t(`source.${f.conflict ? 'conflict' : f.source}`))),
    el('dd', { class: f.name, lang: 'vi' }, date(f.value),
      f.conflict ? el('span', { class: 'other' }, t('person.print-says', { value: date(f.print) })) : null))));
}

// pairs is a plain list of names and values.
export function pairs(list) {
  return el('dl', { class: 'facts' }, list.filter(([, value]) => value).map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

// fingerName is a finger in the language of the page; inside makes a name begin
// with a small letter, as it does in a sentence.
export const fingerName = (finger) => finger.words[lang()] || finger.words.vi;
export const inside = (name) => name.replace(/^./u, (c) => c.toLowerCase());
