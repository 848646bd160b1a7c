// keys.js are the keys on the screen: numbers for the phone and the code,
// letters for an address. What is typed on a real keyboard lands in the same
// field. A key may be pressed as fast as one likes, a button only once.
import { el, icon } from '../dom.js';
import { t } from '../words.js';

const numbers = [['1', '2', '3'], ['4', '5', '6'], ['7', '8', '9'], ['clear', '0', 'back']];
const letters = [[...'1234567890'], [...'qwertyuiop'], [...'asdfghjkl-'], [...'zxcvbnm._', 'back'], ['@', '@gmail.com', '.vn']];

// single reports whether a press is not the second of a double one: that one is
// not about what has come in the place of the first.
export const single = (event) => event.detail < 2;

// typing is a field with its keys. group writes the text apart for the eye;
// clean says what of a text is kept.
function typing({ name, label, keys, group, clean, changed, value, kind }) {
  const input = el('input', { type: 'text', inputmode: 'none', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', class: kind, 'aria-label': label, 'aria-describedby': 'screen-title screen-lead', 'data-test': name, value: group(value) });
  const set = (text) => {
    const next = clean(text);
    input.value = group(next);
    input.setSelectionRange(input.value.length, input.value.length);
    changed(next);
  };
  input.addEventListener('input', () => set(input.value));
  const press = (key) => {
    const now = clean(input.value);
    if (key === 'back') set(now.slice(0, -1));
    else if (key === 'clear') set('');
    else set(now + key);
  };
  const node = el('div', { class: `keys ${kind}`, role: 'group', 'aria-label': t('citizen.keys') }, keys.map((row) => el('div', { class: 'keyrow' }, row.map((key) => keyButton(key, press)))));
  return { input, node, set };
}

function keyButton(key, press) {
  const named = { back: [icon('erase', 36), t('citizen.key-back')], clear: [t('citizen.key-clear'), null] }[key];
  return el('button', { type: 'button', class: key.length > 1 ? 'key wide' : 'key', 'data-test': `key-${key}`, 'aria-label': named?.[1] ?? null, on: { click: () => press(key) } }, named ? named[0] : key);
}

const groups = { phone: /^(\d{1,4})(\d{1,3})?(\d{1,4})?(\d*)$/, code: /^(\d{1,3})(\d{1,3})?()(\d*)$/, entry: /^(\d{1,4})(\d{1,4})?()(\d*)$/ };

// digits is a field of at most max digits; kind says how they are grouped.
export function digits({ name, label, kind, max, value = '', changed }) {
  return typing({
    name, label, kind, value, changed, keys: numbers,
    clean: (text) => (kind === 'phone' ? national(text.replace(/\D/g, '')) : text.replace(/\D/g, '')).slice(0, max),
    group: (text) => (groups[kind].exec(text)?.slice(1) ?? [text]).filter(Boolean).join(' '),
  });
}

// national is a number as it is called at home: +84 912… is 0912….
const national = (number) => number.replace(/^84/, '0');

// address is a field for an electronic address.
export function address({ name, label, value = '', changed }) {
  return typing({ name, label, kind: 'address', value, changed, keys: letters, clean: (text) => text.replace(/\s/g, '').slice(0, 254), group: (text) => text });
}
