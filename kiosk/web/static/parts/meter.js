// meter.js is the assurance meter: what the application would be worth if it
// were sealed now, on what it rests, and what it lacks. The station says it all.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { open } from './dialogs.js';
import { waitList } from './waits.js';

const signs = { chip: 'chip', clone: 'key', face: 'person', fingers: 'finger', register: 'alike', phone: 'phone', documents: 'paper', consent: 'pen', issues: 'warning' };
const marks = { passed: 'check', approved: 'check', failed: 'cross', inconclusive: 'question', 'not-supported': 'dash', 'not-done': 'dash', pending: 'clock' };
const worths = { full: 'check', 'central-checks': 'question', supervisor: 'person', 'not-enough': 'clock' };

// meter is a button beside the steps, which opens the list.
export function meter(station) {
  const node = el('button', { type: 'button', class: 'assurance', 'data-test': 'assurance', 'aria-haspopup': 'dialog', on: { click: () => details(station) } });
  let mark = '';
  return {
    node,
    update({ assurance }) {
      node.classList.toggle('hidden', !assurance);
      const now = JSON.stringify(assurance);
      if (!assurance || now === mark) return;
      mark = now;
      node.dataset.worth = assurance.worth;
      node.setAttribute('aria-label', `${t('assurance.title')}: ${pick(assurance.level)}. ${assurance.items.map(inWords).join(', ')}`);
      fill(node, el('span', { class: 'level' }, icon(worths[assurance.worth], 18), pick(assurance.level)),
        el('span', { class: 'seals' }, assurance.items.map(seal)));
    },
  };
}

const nameOf = ({ name }) => t(`assurance.${name}`);
const outcomeOf = ({ outcome }) => t(`assurance-outcome.${outcome}`);
const inWords = (item) => `${nameOf(item)}: ${outcomeOf(item)}`;

// seal is one item: what it is, and a small mark of how it stands.
const seal = (item) => el('span', { class: `seal ${item.outcome}`, title: inWords(item), 'data-test': `seal-${item.name}`, 'data-outcome': item.outcome },
  icon(signs[item.name], 17), marks[item.outcome] ? el('span', { class: 'mark' }, icon(marks[item.outcome], 12)) : null);

// details lists the items with what is to be done about them, and where the
// time went; it follows the station while it is open.
function details(station) {
  const level = el('p', { class: 'level' });
  const body = el('tbody');
  const waits = el('div');
  const table = el('table', { class: 'assurance-items' }, el('thead', {}, el('tr', {},
    ['item', 'outcome', 'todo'].map((name) => el('th', { scope: 'col' }, t(`assurance-column.${name}`))))), body);
  const close = el('button', { type: 'button', class: 'button primary', 'data-test': 'assurance-close', on: { click: () => dialog.close() } }, t('assurance.close'));
  const dialog = open(t('assurance.title'), el('div', { class: 'assurance-list' }, el('div', {}, level, table), waits), [close], true);
  const update = () => {
    const { assurance, steps } = station.snapshot ?? {};
    if (!assurance) return void dialog.close();
    fill(level, icon(worths[assurance.worth], 22), pick(assurance.level));
    level.dataset.worth = assurance.worth;
    fill(body, assurance.items.map(line));
    fill(waits, waitList(steps));
  };
  const unheard = station.listen(update);
  dialog.addEventListener('close', unheard);
  update();
}

const line = (item) => el('tr', { 'data-test': `item-${item.name}`, 'data-outcome': item.outcome },
  el('th', { scope: 'row' }, seal(item), nameOf(item)), el('td', {}, outcomeOf(item)), el('td', {}, pick(item.missing) || '–'));
