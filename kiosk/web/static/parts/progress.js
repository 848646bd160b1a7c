// progress.js is the one bar that shows how far a machine is: the chip, the
// fingers, the application on its way.
import { el } from '../dom.js';

// progress makes a bar. part is 0 to 1; what and share stand below it; state
// is '', "done" or "stopped".
export function progress(label, name) {
  const filled = el('div', { class: 'filled' });
  const what = el('span');
  const share = el('span', { class: 'number' });
  const node = el('div', { class: 'progress', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-label': label, 'data-test': `progress-${name}` },
    el('div', { class: 'track' }, filled), el('div', { class: 'legend' }, what, share));
  return {
    node,
    update({ part, state = '', text = '', amount = '' }) {
      const percent = 100 * Math.min(1, Math.max(0, part));
      filled.style.width = `${percent.toFixed(1)}%`;
      node.className = `progress ${state}`;
      node.setAttribute('aria-valuenow', String(Math.round(percent)));
      node.setAttribute('aria-valuetext', [text, amount].filter(Boolean).join(', '));
      if (what.textContent !== text) what.textContent = text;
      if (share.textContent !== amount) share.textContent = amount;
    },
  };
}
