// desk.js is the supervisor's desk: the exceptions of the application under way,
// the applications that wait for a release, and the end of the day.
import * as api from '../api-desk.js';
import { el, fill, icon } from '../dom.js';
import { lang, moment, t } from '../words.js';
import { badge } from '../parts/badge.js';
import { heldPart } from '../parts/held.js';
import { needDialog, needList } from '../parts/needs.js';
import { look } from './audit.js';

const refresh = 4000; // milliseconds from one look at the station's lists to the next

export function desk(station) {
  let part = station.snapshot.exceptions.length > 0 ? 'now' : 'held';
  let day = null;
  let mark = '';
  let left = false;
  let failed = false; // the last look at the lists
  const held = heldPart(station);
  const tabs = el('div', { class: 'tabs', role: 'group', 'aria-label': t('desk.parts') });
  const now = el('section', { class: 'panel stack', 'data-test': 'desk-present' });
  const end = el('section', { class: 'panel stack', 'data-test': 'desk-end' });
  const parts = { now, held: held.node, day: end };
  const node = el('div', { class: 'desk' }, tabs, Object.values(parts));
  const timer = setInterval(ask, refresh);
  ask();

  async function ask() {
    try {
      const [list, today] = await Promise.all([api.held(), api.day()]);
      if (left) return;
      day = today;
      held.list(list);
      if (failed) station.settled();
      failed = false;
      update();
      station.redraw();
    } catch (error) {
      if (left) return;
      failed = true;
      station.refuse(error);
    }
  }

  async function looked(entry) {
    try {
      await api.lookedAt(entry.id);
      await ask();
    } catch (error) {
      station.refuse(error);
    }
  }

  const counts = () => ({ now: station.snapshot.exceptions.length, held: held.count(), day: day ? day.entries.filter((e) => !e.looked).length : 0 });

  function show(name) {
    part = name;
    update();
    station.redraw();
  }

  function present() {
    const { exceptions } = station.snapshot;
    if (exceptions.length === 0) return el('div', { class: 'empty', 'data-test': 'desk-no-exceptions' }, icon('check', 44), t('desk.no-exceptions'));
    return [el('p', { class: 'soft' }, t('desk.exceptions')), needList(station, station.snapshot)];
  }

  const tile = (name, value) => el('li', {}, el('b', { class: 'number', 'data-test': `day-${name}` }, String(value)), el('span', {}, t(`desk.day-${name}`)));

  function row(e) {
    const mine = e.id.slice(-8);
    return el('tr', {}, el('th', { scope: 'row' }, el('span', {}, e.masked), el('span', { class: 'code' }, mine)),
      el('td', { class: 'number' }, moment(e.at)), el('td', {}, el('ul', { class: 'flags' }, e.flags.map((f) => el('li', {}, t(`flag.${f}`))))),
      el('td', {}, e.state ? badge(e.state) : t('desk.gone')),
      el('td', {}, el('button', { type: 'button', class: 'button small', 'data-test': `acts-${e.id}`, 'aria-label': `${t('desk.acts')} ${mine}`, on: { click: () => look(station, { dossier: e.id }) } }, icon('paper', 18), t('desk.acts'))),
      el('td', {}, e.looked ? el('span', { class: 'fine', 'data-test': `looked-${e.id}` }, icon('check', 18), t('desk.looked-by', { who: e.looked }))
        : el('button', { type: 'button', class: 'button small', 'data-test': `look-${e.id}`, 'aria-label': `${t('desk.look')} ${mine}`, on: { click: () => looked(e) } }, icon('check', 18), t('desk.look'))));
  }

  function ending() {
    if (!day) return el('p', { class: 'soft' }, t('desk.busy'));
    const tiles = el('ul', { class: 'tiles' }, tile('sealed', day.sealed), tile('flagged', day.flagged), tile('pending', day.pending), tile('sampled', day.sampled));
    const rows = day.entries.length === 0 ? el('div', { class: 'empty', 'data-test': 'day-empty' }, icon('check', 44), t('desk.day-empty'))
      : el('div', { class: 'rows', tabindex: '0', role: 'region', 'aria-label': t('desk.part-day') }, el('table', { class: 'queue' }, el('caption', { class: 'unseen' }, t('desk.part-day')),
        el('thead', {}, el('tr', {}, ['whose', 'time', 'flags', 'state', 'log', 'looked'].map((c) => el('th', { scope: 'col' }, t(`desk.column-${c}`))))),
        el('tbody', {}, day.entries.map(row))));
    return [tiles, el('p', { class: 'soft' }, t('desk.day-lead')), rows];
  }

  function update() {
    held.update();
    const numbers = counts();
    const mine = JSON.stringify([part, numbers, day, lang(), station.snapshot.exceptions.map((x) => [x.id, x.state, x.by])]);
    if (mine === mark) return;
    mark = mine;
    const focus = document.activeElement?.dataset?.test;
    fill(tabs, Object.keys(parts).map((name) => el('button', { type: 'button', 'aria-pressed': String(part === name), 'data-test': `desk-${name}`, on: { click: () => show(name) } },
      t(`desk.part-${name}`), el('span', { class: 'count' }, String(numbers[name])))));
    for (const [name, section] of Object.entries(parts)) section.classList.toggle('hidden', name !== part);
    fill(now, present());
    fill(end, ending());
    if (focus && node.contains(document.activeElement) === false) node.querySelector(`[data-test="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }

  // next is to decide on what is open, or to ask the station once more.
  function next() {
    if (part === 'held') return held.next();
    const open = part === 'now' ? station.snapshot.exceptions.find((x) => x.state !== 'approved') : null;
    return open ? { label: t('needs.open'), run: () => needDialog(station, open.id) } : { label: t('desk.again'), run: ask };
  }

  return {
    node,
    update,
    leave() {
      left = true;
      clearInterval(timer);
      held.leave();
    },
    actions: () => ({
      next: next(),
      hint: t(`desk.hint-${part}`),
      others: [{ name: 'desk-back', icon: 'cross', label: t('lookup.back'), run: () => station.enter('') }, ...(part === 'held' ? held.others() : [])],
    }),
  };
}
