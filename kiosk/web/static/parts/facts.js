// facts.js shows the citizen's data with the source of each field.
import { el } from '../dom.js';
import { known, lang, t } from '../words.js';

// date writes YYYY-MM-DD the way people read it here.
export function date(value) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value ?? '');
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : value;
}

const order = ['number', 'name', 'birth', 'sex', 'nationality', 'residence', 'origin', 'issue', 'expiry', 'old_number'];

// factList is the table of the fields; conflicts show both sides.
export function factList(fields, names = order) {
  const rows = names.map((name) => fields.find((f) => f.name === name)).filter((f) => f && f.value);
  return el('dl', { class: 'facts' }, rows.map((f) => el('div', { 'data-test': `fact-${f.name}` },
    el('dt', {}, known(`field.${f.name}`) ? t(`field.${f.name}`) : f.name),
    el('dd', { class: f.name === 'name' ? 'name' : '', lang: 'vi' }, date(f.value),
      f.conflict ? el('span', { class: 'other' }, t('person.print-says', { value: date(f.print) })) : null),
    el('span', { class: `chosen ${f.conflict ? 'conflict' : f.source}` }, t(`source.${f.conflict ? 'conflict' : f.source}`)))));
}

// fingerName is a finger in the language of the page.
export const fingerName = (finger) => finger.words[lang()] || finger.words.vi;
