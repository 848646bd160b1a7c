// places.js finds the unit of an address in the station's list by a part of its
// name, so that the officer types the house and the street only. What is not on
// the list is written as text.
import * as api from '../api.js';
import { el, fill, icon } from '../dom.js';
import { t } from '../words.js';
import { open } from './dialogs.js';

const pause = 180; // milliseconds after the last letter
const most = 6; // units that are offered at once

// askPlace takes an address: run gets {text} as it was written, or {text, place}
// where a unit was chosen.
export function askPlace(title, value, run) {
  let chosen = null;
  const text = el('input', { type: 'text', maxlength: '400', value, 'data-test': 'text', on: { keydown: (event) => { if (event.key === 'Enter') keep(); } } });
  const label = el('span', {}, t('places.whole'));
  const picked = el('p', { class: 'picked hidden', 'data-test': 'place-picked' });
  const finder = finding(choose);
  const dialog = open(title, [finder.node, picked, el('label', { class: 'field' }, label, text)], [
    el('button', { type: 'button', class: 'button', 'data-test': 'text-back', on: { click: () => dialog.close() } }, t('reason.back')),
    el('button', { type: 'button', class: 'button primary', 'data-test': 'text-go', on: { click: keep } }, t('person.correct-go'))]);
  dialog.classList.add('placing');
  finder.focus();

  // choose takes a unit, null for none: then the whole address is written.
  function choose(unit) {
    chosen = unit;
    label.textContent = t(unit ? 'places.line' : 'places.whole');
    text.value = unit ? '' : value;
    picked.classList.toggle('hidden', unit === null);
    fill(picked, unit ? [icon('check', 20), el('b', {}, unit.label),
      el('button', { type: 'button', class: 'button small', 'data-test': 'place-drop', on: { click: () => choose(null) } }, t('places.drop'))] : null);
    if (unit) text.focus();
    else finder.focus();
  }

  function keep() {
    const line = text.value.trim();
    if (!chosen && line === '') return;
    dialog.close();
    if (!chosen) run({ text: line });
    else run({ text: [line, chosen.label].filter(Boolean).join(', '), place: { code: chosen.code, ...(line ? { line } : {}) } });
  }
}

// finding is the field to search in, and what was found; run gets the unit that
// is chosen.
function finding(run) {
  let asked = 0;
  let timer = 0;
  const search = el('input', { type: 'text', maxlength: '120', autocomplete: 'off', 'data-test': 'place-search', on: {
    input() { clearTimeout(timer); timer = setTimeout(look, pause); },
    keydown: stepIn,
  } });
  const found = el('ul', { class: 'places', 'data-test': 'places' });
  const said = el('small', { role: 'status' }, t('places.note'));

  async function look() {
    const mine = ++asked;
    const wanted = search.value.trim();
    let answer = { units: [], communes: true };
    try {
      if (wanted !== '') answer = await api.places(wanted);
    } catch (error) {
      if (!(error instanceof api.Problem)) throw error;
      said.textContent = t('places.none');
      return;
    }
    if (mine !== asked) return; // a later one is on its way
    const units = answer.units.slice(0, most);
    fill(found, units.map((u) => el('li', {}, el('button', { type: 'button', 'data-test': `place-${u.code}`, on: { click: () => take(u) } }, u.label))));
    const note = wanted === '' ? 'places.note' : units.length === 0 ? 'places.unknown' : answer.communes ? 'places.choose' : 'places.provinces';
    said.textContent = t(note, { count: units.length });
  }

  function take(unit) {
    asked++;
    search.value = '';
    said.textContent = '';
    fill(found);
    run(unit);
  }

  function stepIn(event) {
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    event.preventDefault();
    const first = found.querySelector('button');
    if (event.key === 'Enter') first?.click();
    else first?.focus();
  }
  return { node: el('div', { class: 'stack' }, el('label', { class: 'field' }, el('span', {}, t('places.search')), search, said), found), focus: () => search.focus() };
}
