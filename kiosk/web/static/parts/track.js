// track.js draws how far a sealed application is: from the station to the
// central system's answer. Each stage counts only once the outbox has proof of it.
import { el, icon } from '../dom.js';
import { amountOf, stamp, t } from '../words.js';
import { progress } from './progress.js';
import { technical } from './technical.js';

const order = ['sealed', 'sending', 'custody', 'validated', 'matched', 'result'];
const signs = { sealed: 'lock', sending: 'send', custody: 'check', validated: 'paper', matched: 'person', result: 'pen' };
const results = ['approved', 'fix-needed', 'rejected'];
const here = ['held', 'turned-down']; // it has not left the station: a supervisor decides
const stops = ['refused', 'damaged']; // it does not go on from the station

// track is the list of the stages for a state; the entry is what the queue says
// of the application, and may not be there yet.
export function track(state, entry) {
  const now = order.indexOf(here.includes(state) ? 'sealed' : stops.includes(state) ? 'sending' : results.includes(state) ? 'result' : state);
  return el('ol', { class: 'track-states' }, order.map((name, at) => stage(name, at, now, state, entry)));
}

// proven are the stages that are done the moment they are reached.
const proven = new Set(['sealed', 'custody', 'validated', 'matched']);

function stage(name, at, now, state, entry) {
  const stopped = stops.includes(state) && name === 'custody';
  const ended = at === now && name === 'result';
  const decided = here.includes(state) && name === 'sealed';
  const bad = stopped || (decided && state === 'turned-down') || (ended && state !== 'approved');
  const time = entry?.steps?.findLast((s) => s.state === (ended ? state : name))?.at;
  // The central need not say each stage on its way to a result.
  const passed = at < now && (time || order.indexOf('custody') >= at || !results.includes(state));
  const level = bad ? 'bad' : passed || ended || (at === now && proven.has(name) && !decided) ? 'done' : at === now ? 'active' : '';
  const title = stopped || ended || decided ? t(`queue.${state}`) : t(`receipt.state-${name}`);
  return el('li', { class: level, 'data-test': `state-${name}`, 'data-level': level },
    el('span', { class: 'mark' }, icon(bad ? 'cross' : signs[name])),
    el('div', {}, el('b', {}, title), time ? el('time', {}, stamp(time)) : null, el('br'), el('span', { class: 'small' }, level ? text(name, stopped, ended || decided, state, entry) : ''),
      stopped && entry?.detail ? technical([entry.detail]) : null,
      state === 'sending' && name === state && entry?.bytes > 0 ? upload(entry) : null));
}

// upload is how much of the application the central system has.
function upload({ bytes, arrived = 0 }) {
  const bar = progress(t('receipt.state-sending'), 'upload');
  bar.update({ part: arrived / bytes, amount: amountOf(Math.min(arrived, bytes), bytes) });
  return bar.node;
}

function text(name, stopped, ended, state, entry) {
  if (stopped) return t(`receipt.state-${state}-text`);
  if (ended && state === 'fix-needed') return entry?.fix ? [t('correct.title', { section: t(`section.${entry.fix.section}`) }), entry.fix.words].filter(Boolean).join('. ') : '';
  return ended ? t(`receipt.state-${state}-text`) : t(`receipt.state-${name}-text`);
}
