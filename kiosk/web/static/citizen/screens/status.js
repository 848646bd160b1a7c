// status.js tells the citizen how far the application is. "Received" is said
// only once the central system has signed for it.
import { el, fill, icon } from '../../dom.js';
import { known, lang, pick, t } from '../../words.js';

const received = ['custody', 'validated', 'matched', 'approved'];
const returned = ['fix-needed', 'rejected', 'turned-down'];

export function status(desk) {
  const sign = el('div', { class: 'calm' });
  const rows = el('dl', { class: 'own' });
  let mark = '';
  const now = () => desk.view.receipt ?? { state: '' };
  return {
    node: el('div', { class: 'ended' }, sign, rows),
    title: () => (known(`citizen.state-${now().state}`) ? t(`citizen.state-${now().state}`) : t('citizen.state-sealed')),
    live: true,
    lead: () => t(`citizen.lead-${received.includes(now().state) ? 'received' : returned.includes(now().state) ? 'returned' : 'kept'}`),
    update(view) {
      const next = JSON.stringify(view.receipt ?? null);
      if (mark === next) return;
      mark = next;
      const done = received.includes(now().state);
      fill(sign, el('span', { class: done ? 'disc good' : 'disc', 'data-test': 'status-sign', 'data-state': now().state }, icon(done ? 'check' : 'lock', 112)));
      fill(rows, [['due', day(now())], ['words', pick(now().words)], ['fee', t('citizen.free')], ['hotline', now().hotline], ['id', now().id]].filter(([, value]) => value).map(([name, value]) => el('div', { class: name, 'data-test': `status-${name}` },
        el('dt', {}, t(`citizen.status-${name}`)), el('dd', {}, value))));
    },
  };
}

// day writes the promised day with its weekday.
function day({ due, due_sure: sure }) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(due ?? '')) return '';
  const text = new Date(`${due}T12:00:00`).toLocaleDateString(lang() === 'vi' ? 'vi-VN' : 'en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  return sure ? text : t('citizen.about', { day: text });
}
