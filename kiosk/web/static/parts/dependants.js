// dependants.js lists who depends on the citizen: an entry is taken in a dialog
// and kept by the station at once.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { open } from './dialogs.js';
import { date } from './facts.js';
import { pages } from './pages.js';

const most = 20; // that the station takes

export function dependantList(station) {
  const list = el('ul', { class: 'dependants' });
  const add = el('button', { type: 'button', class: 'button small', 'data-test': 'add-dependant', on: { click: () => ask(station, null) } }, icon('person', 20), t('dependants.add'));
  let mark = '';
  return {
    node: el('section', { class: 'panel' }, el('h2', {}, icon('person'), t('dependants.title'), add), list),
    update({ dependants, rules }) {
      const next = JSON.stringify(dependants);
      if (next === mark) return;
      mark = next;
      add.disabled = dependants.length >= most;
      fill(list, dependants.length === 0 ? el('li', { class: 'soft' }, t('dependants.none')) : dependants.map((d, i) => row(station, rules, d, i)));
    },
  };
}

const relation = (rules, code) => pick(rules.relations.find((r) => r.code === code)?.words) || code;

function row(station, rules, d, i) {
  const more = [d.number, written(d.birth), d.paper ? `${pick(rules.papers.find((p) => p.type === d.paper.type)?.words)} ${d.paper.number}` : ''].filter(Boolean).join(' · ');
  const rest = () => station.snapshot.dependants.filter((_, at) => at !== i);
  return el('li', { 'data-test': `dependant-${i}` }, el('span', { class: 'chosen' }, relation(rules, d.relation)), el('b', { lang: 'vi' }, d.name), el('span', { class: 'soft number' }, more),
    el('button', { type: 'button', class: 'button small quiet', 'data-test': `dependant-edit-${i}`, 'aria-label': t('dependants.edit', { name: d.name }), title: t('dependants.edit', { name: d.name }), on: { click: () => ask(station, i) } }, icon('pen', 20)),
    el('button', { type: 'button', class: 'button small quiet', 'data-test': `dependant-drop-${i}`, 'aria-label': t('dependants.drop', { name: d.name }), title: t('dependants.drop', { name: d.name }), on: { click: () => station.act('dependants', { dependants: rest() }) } }, icon('cross', 20)));
}

// Dates are typed as people write them, as far as they are known.
const forms = [/^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/, /^(\d{1,2})[/.-](\d{4})$/, /^(\d{4})$/];
const pad = (text) => text.padStart(2, '0');

// iso is a date as the station takes it; null where it is none.
function iso(text) {
  for (const form of forms) {
    const parts = form.exec(text.trim())?.slice(1).reverse();
    if (parts) return [parts[0], ...parts.slice(1).map(pad)].join('-');
  }
  return text.trim() === '' ? '' : null;
}

const written = (value) => (value ? date(value).replace(/^(\d{4})-(\d{2})$/, '$2/$1') : '');

// ask takes one dependant, with what the central wants of each; at is its place
// in the list, null for another one.
function ask(station, at) {
  const { dependants, rules } = station.snapshot;
  const was = at === null ? {} : dependants[at];
  const changed = () => { go.disabled = missing() !== ''; hint.textContent = missing(); wrong.textContent = ''; };
  const input = (name, value, length, mode = 'text') => el('input', { type: 'text', inputmode: mode, maxlength: String(length), autocomplete: 'off', value: value ?? '', 'data-test': `dependant-${name}`, on: { input: changed } });
  const choice = (name, options, value, none) => {
    const select = el('select', { 'data-test': `dependant-${name}`, on: { change: changed } }, el('option', { value: '' }, none), options.map(([code, words]) => el('option', { value: code }, pick(words))));
    select.value = value ?? '';
    return select;
  };
  const field = (label, control, note) => el('label', { class: 'field' }, el('span', {}, label), control, note ? el('small', {}, note) : null);
  const kin = choice('relation', rules.relations.map((r) => [r.code, r.words]), was.relation, t('dependants.choose'));
  const name = input('name', was.name, 120);
  const number = input('number', was.number, 12, 'numeric');
  const birth = input('birth', written(was.birth), 10);
  const type = choice('paper', rules.papers.map((p) => [p.type, p.words]), was.paper?.type, t('dependants.choose-paper'));
  const code = input('paper-number', was.paper?.number, 40);
  const seen = el('input', { type: 'checkbox', 'data-test': 'dependant-seen', on: { change: changed } });
  seen.checked = was.paper?.original_seen ?? false;
  const strip = pages(station, 'dependant', { names: was.paper?.pages ?? [], changed: () => changed() });
  const paper = el('div', { class: 'keys' }, field(t('documents.number'), code), el('label', { class: 'tick' }, seen, t('documents.seen')), el('div', { class: 'whole' }, strip.node));
  const hint = el('small', { role: 'status' });
  const wrong = el('p', { class: 'wrong', role: 'alert', 'data-test': 'dependant-problem' });
  const go = el('button', { type: 'button', class: 'button primary', 'data-test': 'dependant-go', on: { click: keep } }, t('person.correct-go'));

  function missing() {
    const rule = rules.papers.find((p) => p.type === type.value);
    paper.classList.toggle('hidden', rule === undefined);
    code.placeholder = rule ? t('documents.example', { example: rule.example }) : '';
    if (kin.value === '' || name.value.trim() === '') return t('dependants.needs-name');
    if (!/^\d{12}$/.test(number.value.trim())) return t('dependants.needs-number');
    if (iso(birth.value) === null) return t('dependants.needs-birth');
    if (!rule) return t('dependants.needs-paper');
    if (!new RegExp(`^(?:${rule.pattern})$`).test(code.value.trim().toUpperCase())) return t('documents.lacks-number');
    if (!seen.checked) return t('documents.lacks-original');
    return strip.busy() ? t('documents.lacks-upload') : '';
  }
  const value = () => ({
    relation: kin.value, name: name.value.trim(), number: number.value.trim(), ...(iso(birth.value) ? { birth: iso(birth.value) } : {}),
    paper: { type: type.value, number: code.value.trim().toUpperCase(), original_seen: seen.checked, ...(strip.names().length > 0 ? { pages: strip.names() } : {}) },
  });
  async function keep() {
    const now = [...station.snapshot.dependants];
    now.splice(at ?? now.length, at === null ? 0 : 1, value());
    if (await station.act('dependants', { dependants: now })) return dialog.close();
    const { words, next } = station.problem ?? {};
    wrong.textContent = [pick(words), pick(next)].filter(Boolean).join('. ');
  }
  const dialog = open(t(at === null ? 'dependants.add' : 'dependants.change'), [
    el('div', { class: 'keys' }, field(t('dependants.relation'), kin), field(t('dependants.name'), name),
      field(t('dependants.number'), number, t('dependants.number-note')), field(t('dependants.birth'), birth, t('dependants.birth-note')),
      el('div', { class: 'whole' }, field(t('dependants.paper'), type))), paper, wrong], [hint,
    el('button', { type: 'button', class: 'button', 'data-test': 'dependant-back', on: { click: () => dialog.close() } }, t('reason.back')), go], true);
  changed();
  kin.focus();
}
