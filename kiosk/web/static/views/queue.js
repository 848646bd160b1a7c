// queue.js lists the applications that lie at this station: what waits, what
// asks for somebody, what the central has. One of them is shown with its way so
// far and what is to be done.
import * as api from '../api.js';
import { el, fill, icon } from '../dom.js';
import { lang, size, stamp, t } from '../words.js';
import { badge } from '../parts/badge.js';
import { pairs } from '../parts/facts.js';
import { fix } from '../parts/fix.js';
import { printReceipt } from '../parts/print/receipt.js';
import { technical } from '../parts/technical.js';
import { track } from '../parts/track.js';

const asking = ['held', 'refused', 'damaged', 'fix-needed'];
const stopped = ['refused', 'damaged'];
const leaving = ['sealed', 'sending'];

// The lists that can be chosen: all that waits, what waits for somebody and not
// for the network, and everything.
const lists = {
  waits: (q) => q.waits,
  asks: (q) => q.waits && asking.includes(q.state),
  all: () => true,
};

export function queue(station) {
  let list = station.queue.some(lists.waits) ? 'waits' : 'all';
  let chosen = station.queue.filter(lists[list]).at(-1)?.id ?? '';
  let busy = false;
  let asked = ''; // what was sent again, for the words of it
  let mark = '';
  const tabs = el('div', { class: 'tabs', role: 'group', 'aria-label': t('queue.lists') });
  const rows = el('div', { class: 'rows', tabindex: '0', role: 'region', 'aria-label': t('title.queue') });
  const told = el('p', { class: 'told', role: 'status', 'data-test': 'queue-told' });
  const one = el('section', { class: 'panel stack one', tabindex: '0', role: 'region', 'aria-label': t('queue.one'), 'data-test': 'queue-one' });
  const node = el('div', { class: 'queue-room' }, el('section', { class: 'panel stack' }, tabs, rows, told), one);

  const shown = () => station.queue.filter(lists[list]).toReversed();
  const present = () => station.queue.find((q) => q.id === chosen);

  function choose(id) {
    chosen = id;
    asked = '';
    update();
    station.redraw();
  }

  async function send(entry) {
    busy = true;
    station.redraw();
    try {
      await api.resend(entry?.id);
      asked = entry?.id ?? 'all';
      station.settled();
      station.queue = await api.queue();
    } catch (error) {
      station.refuse(error);
    }
    busy = false;
    update();
    station.redraw();
  }

  function tab(name) {
    return el('button', { type: 'button', 'aria-pressed': String(list === name), 'data-test': `queue-list-${name}`, on: { click: () => { list = name; update(); } } },
      t(`queue.list-${name}`), el('span', { class: 'count' }, String(station.queue.filter(lists[name]).length)));
  }

  function row(q) {
    return el('tr', { class: q.id === chosen ? 'chosen-row' : '' },
      el('th', { scope: 'row' }, el('button', { type: 'button', class: 'pick', 'aria-pressed': String(q.id === chosen), 'data-test': `queue-row-${q.id}`, on: { click: () => choose(q.id) } },
        el('b', {}, q.masked || t('queue.nameless')), el('span', { class: 'code' }, q.id.slice(-8)))),
      el('td', { class: 'number' }, stamp(q.enqueued)),
      el('td', {}, badge(q.state), q.fix && q.waits ? el('small', {}, t(`section.${q.fix.section}`)) : null),
      el('td', { class: 'number' }, q.tries > 0 ? t('queue.tries', { count: q.tries }) : t('queue.untried')));
  }

  function table() {
    const found = shown();
    if (found.length === 0) return el('div', { class: 'empty', 'data-test': 'queue-empty' }, icon('inbox', 44), t(list === 'all' ? 'queue.empty' : 'queue.empty-here'));
    return el('table', { class: 'queue' }, el('caption', { class: 'unseen' }, t('title.queue')),
      el('thead', {}, el('tr', {}, ['whose', 'time', 'state', 'tries'].map((c) => el('th', { scope: 'col' }, t(`queue.column-${c}`))))), el('tbody', {}, found.map(row)));
  }

  // detail says how one stands and what is to be done about it.
  function detail(q) {
    const words = leaving.includes(q.state) && q.tries > 1 ? t('queue.next-tried', { count: q.tries }) : t(`queue.next-${q.state}`);
    return [el('h2', {}, badge(q.state)),
      el('p', { class: 'do', 'data-test': 'queue-next' }, words),
      fix(station, q, station.mayEnter('lookup')),
      pairs([[t('receipt.id'), el('span', { class: 'code', 'data-test': 'queue-id' }, q.id)], [t('receipt.sealed'), stamp(q.enqueued)],
        [t('queue.column-size'), size(q.bytes)], [t('receipt.position'), q.log_position ? String(q.log_position) : ''],
        [t('queue.corrects'), q.corrects ? el('span', { class: 'code' }, q.corrects.slice(-8)) : '']]),
      q.detail && !asking.includes(q.state) ? technical([q.detail]) : null, // of what asks for somebody, the way says it
      track(q.state, q)];
  }

  function update() {
    const q = present();
    const now = JSON.stringify([station.queue, list, chosen, asked, lang(), station.mayEnter('lookup')]);
    if (now === mark) return;
    mark = now;
    const focus = document.activeElement?.dataset?.test;
    fill(tabs, Object.keys(lists).map(tab));
    fill(rows, table());
    fill(one, q ? detail(q) : el('div', { class: 'empty' }, icon('inbox', 44), t('queue.choose')));
    one.dataset.state = q?.state ?? '';
    told.textContent = asked ? t('queue.sent-again') : '';
    if (focus?.startsWith('queue-')) node.querySelector(`[data-test="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }

  // looksOn says that this person sends nothing and prints nothing.
  const looksOn = () => station.role === 'administrator';

  // next is to send again what stopped, or to send what waits before its time.
  function next() {
    const q = present();
    if (q && stopped.includes(q.state)) return { label: t('queue.send-one'), disabled: busy, run: () => send(q) };
    const any = station.queue.some((w) => leaving.includes(w.state));
    return { label: t('queue.send-all'), disabled: busy || !any, run: () => send(null) };
  }

  return {
    node,
    update,
    actions: () => ({
      next: looksOn() ? { label: t('queue.send-all'), hidden: true, run() {} } : next(),
      hint: t('queue.hint'),
      others: [{ name: 'queue-close', icon: 'cross', label: t('lookup.back'), run: () => station.enter('') },
        ...(present() && !looksOn() ? [{ name: 'reprint', icon: 'paper', label: t('lookup.print'), run: () => printReceipt(station, chosen, true) }] : [])],
    }),
  };
}
