// facts.js shows the citizen's data with the sources of each field.
import { el, icon } from '../dom.js';
import { known, lang, t } from '../words.js';

// date writes YYYY-MM-DD the way people read it here.
export function date(value) {
  if (value === 'none') return t('person.no-expiry');
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value ?? '');
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : value;
}

const order = ['name', 'number', 'birth', 'sex', 'nationality', 'residence', 'origin', 'issue', 'expiry', 'old_number'];
const wide = { name: 'half', number: 'half', residence: 'whole', origin: 'whole' };

// speakers are the sources that an officer tells apart; every other one is a
// file of the chip.
const speakers = ['qr', 'mrz', 'manual', 'paper', 'officer'];
const speaker = (source) => (speakers.includes(source) ? source : 'chip');

// voices lists what is said of a field: each value, with those who say it.
function voices(field) {
  const values = new Map();
  for (const { source, value } of field.said ?? []) {
    const text = written(field.name, value);
    values.set(text, (values.get(text) ?? new Set()).add(speaker(source)));
  }
  for (const [value, who] of values) { // a zone's spelling says no more than the marks that it is without
    const full = value === bare(value) && [...values.keys()].find((other) => other !== value && bare(other) === value);
    if (!full) continue;
    for (const one of who) values.get(full).add(one);
    values.delete(value);
  }
  return [...values].map(([value, who]) => ({ value, who: [...who] }));
}

// bare is text as a zone spells it: capitals without marks.
const bare = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'D').toUpperCase();

// A zone has one letter for what the card has in words.
const written = (name, value) => (name === 'sex' ? { M: 'Nam', F: 'Nữ' }[value] ?? value : date(value));

const names = (who) => who.map((one) => t(`said.${one}`)).join(', ');

// ways says how the prints came, say by the camera.
const ways = (field) => (field.said ?? []).filter((s) => s.via).map((s) => `${t(`said.${speaker(s.source)}`)}: ${t(`via.${s.via}`)}`).join('; ');

// factList is a grid of the fields; a conflict shows every side.
// Those that edit lists get a button for a correction.
export function factList(fields, shown = order, edit = null) {
  const found = shown.map((name) => fields.find((f) => f.name === name)).filter((f) => f && f.value);
  return el('dl', { class: 'cells' }, found.map((f) => el('div', { class: `cell ${wide[f.name] ?? ''} ${f.conflict ? 'conflict' : ''}`, 'data-test': `fact-${f.name}` },
    el('dt', {}, known(`field.${f.name}`) ? t(`field.${f.name}`) : f.name,
      edit?.names.includes(f.name) ? el('button', { type: 'button', class: 'correct', 'data-test': `correct-${f.name}`, on: { click: () => edit.run(f) } }, t('person.correct')) : null,
      origin(f)),
    el('dd', { class: f.name, lang: 'vi' }, date(f.value), f.conflict ? sides(f) : null))));
}

// origin is where a value comes from: all who say it, or that they differ.
function origin(f) {
  if (f.conflict) return el('span', { class: 'chosen conflict', title: ways(f) }, icon('warning', 13), t('source.conflict'));
  if (f.source === 'officer') return el('span', { class: 'chosen officer', title: ways(f) }, icon('pen', 13), t('said.officer'));
  const who = [...new Set((f.said ?? []).map((s) => speaker(s.source)))].filter((one) => one !== 'officer');
  const tone = who.includes('chip') || f.source === 'chip' ? 'chip' : f.source === 'paper' ? 'paper' : 'print';
  return el('span', { class: `chosen ${tone}`, title: ways(f) }, who.length > 0 ? names(who) : t(`source.${f.source}`));
}

// sides are the values of a conflict, each with its sources.
const sides = (f) => voices(f).map(({ value, who }) => el('span', { class: 'other' }, t('said.says', { who: names(who), value })));

// pairs is a plain list of names and values.
export function pairs(list) {
  return el('dl', { class: 'facts' }, list.filter(([, value]) => value).map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

// fingerName is a finger in the language of the page; inside makes a name begin
// with a small letter, as it does in a sentence.
export const fingerName = (finger) => finger.words[lang()] || finger.words.vi;
export const inside = (name) => name.replace(/^./u, (c) => c.toLowerCase());
