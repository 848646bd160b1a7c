// waits.js is the wait meter: the seconds that citizen and officer waited for
// machines, in all and step by step.
import { el, icon } from '../dom.js';
import { seconds, t } from '../words.js';

const least = 0.05; // seconds: less is nothing

// waited is how long it was in all.
export const waited = (steps) => steps.reduce((sum, s) => sum + s.machine_seconds, 0);

// waitTotal is the sum above the steps.
export function waitTotal() {
  const text = el('b', { class: 'number' });
  const node = el('p', { class: 'waits', title: t('waits.title'), 'data-test': 'waits' }, icon('clock', 16), el('span', { class: 'unseen' }, `${t('waits.title')}: `), text);
  return {
    node,
    update({ steps, chip }) {
      const sum = waited(steps);
      const now = seconds(sum);
      if (text.textContent !== now) text.textContent = now;
      node.classList.toggle('hidden', sum < least && chip.state !== 'reading');
      node.classList.toggle('running', chip.state === 'reading');
    },
  };
}

// waitList draws the steps that were waited in, against the longest one.
export function waitList(steps) {
  const list = steps.filter((s) => s.machine_seconds >= least);
  const longest = Math.max(...list.map((s) => s.machine_seconds));
  return el('section', { class: 'wait-list', 'data-test': 'wait-list' },
    el('h3', {}, icon('clock', 18), t('waits.title'), el('b', { class: 'number' }, seconds(waited(steps)))),
    list.length === 0 ? el('p', { class: 'soft small' }, t('waits.none')) : el('ul', {}, list.map((s) => bar(s, longest))));
}

function bar(step, longest) {
  const filled = el('span', { class: 'filled' });
  filled.style.width = `${Math.max(3, (100 * step.machine_seconds) / longest)}%`;
  return el('li', { 'data-test': `wait-${step.name}` }, el('span', {}, t(`step.${step.name}`)),
    el('span', { class: 'track', 'aria-hidden': 'true' }, filled), el('span', { class: 'number' }, seconds(step.machine_seconds)));
}
