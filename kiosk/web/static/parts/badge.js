// badge.js shows how a sealed application stands: a sign, words and a tone of
// its own, the same on every page, never by colour alone.
import { el, icon } from '../dom.js';
import { t } from '../words.js';

const looks = {
  draft: ['dash', 'calm'], held: ['person', 'asks'], 'turned-down': ['cross', 'ended'],
  sealed: ['lock', 'calm'], sending: ['send', 'moves'], custody: ['check', 'well'], validated: ['paper', 'well'], matched: ['alike', 'well'],
  approved: ['check', 'well'], 'fix-needed': ['again', 'asks'], rejected: ['cross', 'ended'], refused: ['warning', 'stopped'], damaged: ['warning', 'stopped'],
};

// badge is the state with its sign.
export function badge(state) {
  const [sign, tone] = looks[state] ?? ['info', 'calm'];
  return el('span', { class: `badge ${tone}`, 'data-state': state }, icon(sign, 18), t(`queue.${state}`));
}
