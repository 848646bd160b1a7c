// card.js asks for the card, and for patience while its chip is read.
import { el, fill, icon } from '../../dom.js';
import { t } from '../../words.js';

export function card(desk) {
  const bar = el('progress', { 'aria-label': t('citizen.title-chip') });
  const node = el('div', { class: 'calm' }, el('span', { class: 'disc' }, icon('card', 132)));
  const reading = () => desk.view.chip?.state === 'reading';
  return {
    node,
    live: true,
    title: () => t(reading() ? 'citizen.title-chip' : 'citizen.title-card'),
    lead: () => t(reading() ? 'citizen.lead-chip' : 'citizen.lead-card'),
    update(view) {
      fill(node, node.firstElementChild, reading() ? bar : null);
      if (view.chip?.total > 0) Object.assign(bar, { max: view.chip.total, value: view.chip.done });
    },
  };
}
