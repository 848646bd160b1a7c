// receipt.js shows where the sealed application is. "Received" appears only
// when the central system's signed receipt has been verified.
import * as api from '../api.js';
import { el, fill, icon } from '../dom.js';
import { moment, seconds, t } from '../words.js';
import { pairs } from '../parts/facts.js';
import { track } from '../parts/track.js';

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
      others: [{ name: 'print', icon: 'paper', label: t('receipt.print'), run: () => print(station) }],
    }),
  };
}

function slip({ receipt: r, rules, steps }, entry) {
  const waited = steps.reduce((sum, s) => sum + s.machine_seconds, 0);
  const rows = [['receipt.id', el('span', { class: 'code', 'data-test': 'receipt-id' }, r.id)], ['receipt.initials', r.initials], ['receipt.number', r.number],
    ['receipt.sealed', moment(r.sealed)], ['receipt.days', t('receipt.days-value', { days: rules.working_days })], ['receipt.fee', t('receipt.free')],
    ['receipt.waited', seconds(waited)], entry?.log_position ? ['receipt.position', String(entry.log_position)] : null].filter(Boolean);
  return [el('h2', {}, t('receipt.title')),
    pairs(rows.map(([name, value]) => [t(name), value])),
    r.virtual ? el('p', { class: 'small soft' }, t('receipt.virtual')) : null];
}

// reasons says why the application waits for a supervisor; it is not printed.
function reasons(r, state) {
  if (state !== 'held' || !r?.review?.length) return null;
  return el('ul', { class: 'small soft', 'data-test': 'review' }, r.review.map((code) => el('li', {}, t(`review.${code}`))));
}

async function print(station) {
  try {
    await api.printed(station.snapshot.receipt.id);
    window.print();
  } catch (error) {
    station.refuse(error);
  }
}
