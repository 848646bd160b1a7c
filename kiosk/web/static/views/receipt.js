// receipt.js shows where the sealed application is. "Received" appears only
// when the central system's signed receipt has been verified.
import { el, fill, icon } from '../dom.js';
import { moment, seconds, t } from '../words.js';
import { pairs } from '../parts/facts.js';
import { track } from '../parts/track.js';
import { dayOfWeek } from '../parts/print/head.js';
import { paper as size } from '../parts/print/paper.js';
import { printReceipt } from '../parts/print/receipt.js';

export function receipt(station) {
  const paper = el('div', { class: 'panel paperlike' });
  const states = el('div');
  const node = el('div', { class: 'receipt' }, paper,
    el('section', { class: 'panel' }, el('h2', {}, icon('send'), t('receipt.where')), states));
  let mark = '';
  return {
    node,
    update(snapshot) {
      const entry = station.queue.find((q) => q.id === snapshot.receipt?.id);
      const state = entry?.state ?? snapshot.receipt?.state ?? 'sealed';
      const next = JSON.stringify([snapshot.receipt, entry]);
      if (next === mark) return;
      mark = next;
      node.dataset.state = state;
      fill(paper, slip(snapshot, entry));
      fill(states, reasons(snapshot.receipt, state), track(state, entry));
    },
    actions: () => ({
      next: { label: t('receipt.next'), run: () => station.act('finish') },
      hint: t('receipt.hint'),
      others: [{ name: 'print', icon: 'paper', label: t(`print.receipt-${size()}`), run: () => printReceipt(station, station.snapshot.receipt.id) }],
    }),
  };
}

function slip({ receipt: r, rules, steps }, entry) {
  const waited = steps.reduce((sum, s) => sum + s.machine_seconds, 0);
  const rows = [['receipt.id', el('span', { class: 'code', 'data-test': 'receipt-id' }, r.id)],
    ['receipt.days', el('b', { 'data-test': 'due' }, r.due ? dayOfWeek(r.due, t) : t('receipt.days-value', { days: rules.working_days })), r.due && !r.due_sure ? t('paper.due-estimate') : ''],
    ['receipt.initials', r.initials], ['receipt.number', r.number],
    ['receipt.sealed', moment(r.sealed)], ['receipt.fee', t('receipt.free')],
    ['receipt.waited', seconds(waited)], entry?.log_position ? ['receipt.position', String(entry.log_position)] : null].filter(Boolean);
  return [el('h2', {}, t('receipt.title')),
    pairs(rows.map(([name, value, more]) => [t(name), more ? [value, el('br'), el('span', { class: 'small soft' }, more)] : value])),
    r.virtual ? el('p', { class: 'small soft' }, t('receipt.virtual')) : null];
}

// reasons says why the application waits for a supervisor; it is not printed.
function reasons(r, state) {
  if (state !== 'held' || !r?.review?.length) return null;
  return el('ul', { class: 'small soft', 'data-test': 'review' }, r.review.map((code) => el('li', {}, t(`review.${code}`))));
}
