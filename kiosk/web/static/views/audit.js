// audit.js shows the station's audit log, newest first: who did what, and whether
// the whole log is still the one that was written.
import * as api from '../api-desk.js';
import { el, fill, icon } from '../dom.js';
import { lang, pick, stamp, t } from '../words.js';

const empty = { day: '', who: '', what: '', dossier: '' };
let wanted = { ...empty }; // by whoever opened the page

// look opens the page with what is looked for.
export function look(station, filter) {
  wanted = { ...empty, ...filter };
  station.enter('audit');
}

export function audit(station) {
  let filter = wanted;
  wanted = { ...empty };
  let view = null;
  let acts = [];
  let busy = false;
  let told = ''; // of the whole log
  const kinds = new Map(); // of acts that were seen: code → words
  const head = el('section', { class: 'panel audit-head', role: 'status', 'data-test': 'audit-head' });
  const rows = el('div', { class: 'rows', tabindex: '0', role: 'region', 'aria-label': t('title.audit') });
  const fields = {
    day: el('input', { type: 'date', value: filter.day, 'data-test': 'audit-day', on: { change: narrow } }),
    who: el('input', { type: 'text', autocomplete: 'off', maxlength: '64', value: filter.who, 'data-test': 'audit-who', on: { change: narrow } }),
    what: el('select', { 'data-test': 'audit-what', on: { change: narrow } }, el('option', { value: '' }, t('audit.any'))),
    dossier: el('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', maxlength: '36', value: filter.dossier, 'data-test': 'audit-dossier', on: { change: narrow } }),
  };
  const form = el('form', { class: 'audit-filter', 'aria-label': t('audit.filter'), on: { submit: (event) => { event.preventDefault(); narrow(); } } },
    Object.entries(fields).map(([name, field]) => el('label', { class: 'field' }, el('span', {}, t(`audit.${name}`)), field)),
    el('button', { type: 'button', class: 'button small', 'data-test': 'audit-clear', on: { click: clear } }, icon('cross', 18), t('audit.clear')));
  const node = el('div', { class: 'audit' }, head, el('section', { class: 'panel stack' }, form, rows));
  ask();

  function narrow() {
    filter = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value.trim()]));
    ask();
  }

  function clear() {
    for (const field of Object.values(fields)) field.value = '';
    narrow();
  }

  // ask gets the newest acts, or those before what is shown.
  async function ask(before = '') {
    busy = true;
    if (view) station.redraw(); // else the page is just being made
    const mine = filter;
    try {
      const answer = await api.acts({ ...mine, before });
      if (mine !== filter) return; // another question is on its way
      view = answer;
      acts = before === '' ? view.acts : [...acts, ...view.acts];
      for (const a of view.acts) kinds.set(a.what, a.words);
    } catch (error) {
      station.refuse(error);
    }
    busy = false;
    show();
    station.redraw();
  }

  function show() {
    if (!view) return;
    const news = JSON.stringify([view.size, view.head, lang()]);
    if (told !== news) fill(head, ...verified(view)); // else it would be read out with every page
    told = news;
    const options = [...kinds].map(([code, words]) => [code, pick(words)]).sort((a, b) => a[1].localeCompare(b[1], lang()));
    fill(fields.what, el('option', { value: '' }, t('audit.any')), options.map(([code, words]) => el('option', { value: code, selected: code === filter.what }, words)));
    fill(rows, acts.length === 0 ? el('div', { class: 'empty', 'data-test': 'audit-none' }, icon('paper', 44), t(view.next ? 'audit.none-yet' : 'audit.none')) : table(acts));
  }

  return {
    node,
    update() {},
    actions: () => ({
      next: view?.next ? { label: t('audit.older'), disabled: busy, run: () => ask(view.next) } : { label: t('audit.again'), disabled: busy, run: () => ask() },
      hint: t('audit.hint'),
      others: [{ name: 'audit-back', icon: 'cross', label: t('lookup.back'), run: () => station.enter('') },
        ...(view?.next ? [{ name: 'audit-again', icon: 'again', label: t('audit.again'), run: () => ask() }] : [])],
    }),
  };
}

// verified says what came of the last look at the whole log.
function verified({ size, head }) {
  const good = head.problems.length === 0;
  const open = size - head.witnessed;
  return [el('div', { class: `note ${good ? 'good' : 'bad'}` }, el('span', { class: 'sign' }, icon(good ? 'check' : 'warning', 22)),
    el('div', {}, el('b', {}, t(good ? 'audit.whole' : 'audit.broken')), el('span', {}, good ? t('audit.whole-text', { count: head.size, time: stamp(head.at) }) : head.problems.map((code) => t(`audit.problem-${code}`)).join('. ')))),
  el('dl', {}, pair('audit.witnessed', t('audit.witnessed-value', { witnessed: head.witnessed, open })), pair('audit.anchored', t(head.anchored ? 'audit.anchored-yes' : 'audit.anchored-no')),
    pair('audit.root', el('span', { class: 'code', 'data-test': 'audit-root' }, head.root.slice(0, 16))))];
}

const pair = (name, value) => el('div', {}, el('dt', {}, t(name)), el('dd', {}, value));

function table(acts) {
  return el('table', { class: 'queue' }, el('caption', { class: 'unseen' }, t('title.audit')),
    el('thead', {}, el('tr', {}, ['number', 'time', 'who', 'act', 'of', 'detail'].map((c) => el('th', { scope: 'col' }, t(`audit.column-${c}`))))),
    el('tbody', {}, acts.map((a) => el('tr', { 'data-test': `act-${a.number}` }, el('th', { scope: 'row', class: 'number' }, String(a.number)),
      el('td', { class: 'number' }, stamp(a.at)), el('td', {}, a.who === 'station' ? t('audit.machine') : a.who), el('td', {}, pick(a.words)),
      el('td', { class: 'code' }, a.dossier ? a.dossier.slice(-8) : ''), el('td', { class: 'code' }, a.detail ?? '')))));
}
