// welcome.js waits for the next citizen: one touch begins any kind of enrolment,
// the plain one also by the bar. Beside it are the day's appointments, what
// other offices take, and whether the station is ready.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { appointments } from '../parts/appointments.js';

const signs = { citizen: 'person', issuance: 'card', child: 'family', ward: 'people', foreigner: 'globe', documents: 'paper', lock: 'lock', organisation: 'house', verify: 'chip' };

// sign is the icon of a kind; those that this page does not know have one too.
export const sign = (code) => signs[code] ?? 'paper';

export function welcome(station) {
  const { kinds, elsewhere, refused } = station.snapshot.rules;
  const devices = el('ul', { class: 'ready', 'data-test': 'devices' });
  const day = appointments(station);
  const plain = kinds[0];
  const node = el('div', { class: 'welcome' },
    el('section', { class: 'panel begin' }, el('h2', {}, t('begin.title')),
      el('ul', { class: 'kinds' }, kinds.map((k) => el('li', { class: k === plain ? 'plain' : k.reasons ? 'reasoned' : '' }, k.reasons ? reasoned(station, k) : tile(station, k, k === plain))))),
    el('div', { class: 'stack' },
      day.node,
      elsewhere.length + refused.length > 0 ? ways(elsewhere, refused) : null,
      el('section', { class: 'panel state' }, el('h2', {}, icon('bell'), t('begin.ready')), devices)));
  let mark = '';
  day.load();
  return {
    node,
    update() {
      const next = JSON.stringify(station.devices);
      if (next === mark) return;
      mark = next;
      fill(devices, station.devices.map((d) => el('li', { class: d.state },
        el('span', { class: 'dot' }), el('div', {}, t(`device.${d.name}`), el('span', { class: 'is' }, t(`ready.${d.state}`)), el('small', {}, pick(d.words))))));
    },
    actions: () => ({
      next: { label: t('welcome.begin'), disabled: !plain, run: () => begin(station, plain) },
      hint: plain ? pick(plain.words) : t('begin.none'),
    }),
  };
}

// ways shows where the others go: who is too young, and by office what is taken
// there.
function ways(elsewhere, refused) {
  const offices = new Map();
  for (const e of elsewhere) offices.set(pick(e.where), [...offices.get(pick(e.where)) ?? [], pick(e.words)]);
  return el('section', { class: 'panel elsewhere', 'data-test': 'elsewhere' }, el('h2', {}, icon('next'), t('begin.elsewhere')),
    el('ul', { tabindex: '0' }, refused.map((r) => el('li', {}, el('b', {}, pick(r.words)), el('span', {}, pick(r.next)))),
      [...offices].map(([office, kinds]) => el('li', {}, el('b', {}, office), kinds.map((words) => el('span', {}, words))))));
}

const begin = (station, kind, reason) => station.act('begin', reason ? { kind: kind.code, reason } : { kind: kind.code });

// wants says what the citizen brings, where that is not simply the card, and
// which form it becomes.
const wants = (kind, plain) => [kind.guardian ? t('begin.with-guardian') : plain || kind.card !== 'required' ? t(`begin.card-${kind.card}`) : '', pick(kind.words).includes(kind.form) ? '' : kind.form].filter(Boolean).join(' · ');

function tile(station, kind, plain) {
  return el('button', { type: 'button', class: 'kind', 'data-test': `kind-${kind.code}`, on: { click: () => begin(station, kind) } },
    el('span', { class: 'sign' }, icon(sign(kind.code), plain ? 34 : 24)),
    el('span', {}, el('b', {}, pick(kind.words)), el('small', {}, wants(kind, plain))));
}

// reasoned is a kind of which the reason has to be said: each is one touch.
function reasoned(station, kind) {
  return el('div', { class: 'kind', role: 'group', 'aria-label': pick(kind.words) },
    el('span', { class: 'sign' }, icon(sign(kind.code), 24)), el('span', {}, el('b', {}, pick(kind.words)), el('small', {}, wants(kind))),
    el('span', { class: 'reasons' }, kind.reasons.map((r) => el('button', { type: 'button', class: 'button small', 'data-test': `kind-${kind.code}-${r.code}`, on: { click: () => begin(station, kind, r.code) } }, pick(r.words)))));
}
