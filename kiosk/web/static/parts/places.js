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
  let asked = 0;
  let timer = 0;
  const text = el('input', { type: 'text', maxlength: '400', value, 'data-test': 'text', on: { keydown: confirmed } });
  const label = el('span', {}, t('places.whole'));
  const search = el('input', { type: 'text', maxlength: '120', autocomplete: 'off', 'data-test': 'place-search', on: { input: later, keydown: stepIn } });
  const found = el('ul', { class: 'places', 'data-test': 'places' });
  const said = el('small', { role: 'status' }, t('places.note'));
  const picked = el('p', { class: 'picked hidden', 'data-test': 'place-picked' });
  const dialog = open(title, [
    el('label', { class: 'field' }, el('span', {}, t('places.search')), search, said), found, picked,
    el('label', { class: 'field' }, label, text)], [
    el('button', { type: 'button', class: 'button', 'data-test': 'text-back', on: { click: () => dialog.close() } }, t('reason.back')),
    el('button', { type: 'button', class: 'button primary', 'data-test': 'text-go', on: { click: keep } }, t('person.correct-go'))]);
  dialog.classList.add('placing');
  search.focus();

  function later() {
    clearTimeout(timer);
    timer = setTimeout(look, pause);
  }

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
    fill(found, units.map((u) => el('li', {}, el('button', { type: 'button', 'data-test': `place-${u.code}`, on: { click: () => choose(u) } }, u.label))));
    const note = wanted === '' ? 'places.note' : units.length === 0 ? 'places.unknown' : answer.communes ? 'places.choose' : 'places.provinces';
    said.textContent = t(note, { count: units.length });
  }

  function stepIn(event) {
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    event.preventDefault();
    const first = found.querySelector('button');
    if (event.key === 'Enter') first?.click();
    else first?.focus();
  }

  function choose(unit) {
    chosen = unit;
    search.value = '';
    fill(found);
    said.textContent = '';
    label.textContent = t('places.line');
    text.value = '';
    fill(picked, icon('check', 20), el('b', {}, unit.label),
      el('button', { type: 'button', class: 'button small', 'data-test': 'place-drop', on: { click: drop } }, t('places.drop')));
    picked.classList.remove('hidden');
    text.focus();
  }

  function drop() {
    chosen = null;
    label.textContent = t('places.whole');
    said.textContent = t('places.note');
    text.value = value;
    picked.classList.add('hidden');
    search.focus();
  }

  function confirmed(event) {
    if (event.key === 'Enter') keep();
  }

  function keep() {
    const line = text.value.trim();
    if (!chosen && line === '') return;
    dialog.close();
    if (!chosen) run({ text: line });
    else run({ text: [line, chosen.label].filter(Boolean).join(', '), place: { code: chosen.code, ...(line ? { line } : {}) } });
  }
}
