// own.js writes the citizen's own data.
import { el } from '../dom.js';
import { t } from '../words.js';
import { date } from '../parts/facts.js';

const order = ['name', 'sex', 'number', 'birth', 'residence'];

// grouped writes a phone number the way it is read out: 0912 345 678.
export const grouped = (phone) => phone.replace(/^(\d{4})(\d{3})(\d{3})$/, '$1 $2 $3');

// own lists a person's data, and how that person is reached.
export function own(person, phone) {
  return [...order.map((name) => [name, person?.[name]]), ['phone', grouped(phone?.number ?? '')], ['email', phone?.email]].filter(([, value]) => value)
    .map(([name, value]) => el('div', { class: name, 'data-test': `own-${name}` }, el('dt', {}, t(`citizen.own-${name}`)), el('dd', { lang: 'vi' }, said(name, value))));
}

// said writes a datum the way its owner reads it.
function said(name, value) {
  if (name === 'birth') return date(value);
  return name === 'number' ? value.replace(/^(\d{3})(\d{3})(\d{3})(\d{3})$/, '$1 $2 $3 $4') : value;
}
