// appointments.js lists who said that they come today, masked. One touch begins
// the enrolment of whoever has come; walking in needs no list.
import * as api from '../api.js';
import { el, fill, icon } from '../dom.js';
import { moment, pick, t } from '../words.js';
import { choose } from './dialogs.js';

export function appointments(station) {
  const body = el('div', { class: 'day', tabindex: '0', 'aria-live': 'polite', 'data-test': 'appointments' });
  const again = el('button', { type: 'button', class: 'button small quiet', 'data-test': 'appointments-again', 'aria-label': t('day.again'), title: t('day.again'), on: { click: () => load() } }, icon('again', 20));
  const node = el('section', { class: 'panel appointments' }, el('h2', {}, icon('calendar'), t('day.title'), again), body);
  let asked = 0;

  async function load() {
    const mine = ++asked;
    fill(body, el('p', { class: 'soft' }, t('day.busy')));
    let shown;
    try {
      const { appointments: list } = await api.appointments();
      shown = list.length > 0 ? el('ul', {}, list.map((a) => el('li', {}, row(station, a)))) : el('p', { class: 'soft' }, t('day.none'));
    } catch (error) {
      if (!(error instanceof api.Problem)) throw error;
      shown = el('p', { class: 'soft' }, el('b', {}, pick(error.words)), ' ', pick(error.next));
    }
    if (mine === asked) fill(body, shown);
  }
  return { node, load };
}

function row(station, a) {
  const { kinds, elsewhere } = station.snapshot.rules;
  const kind = kinds.find((k) => k.code === a.kind);
  const other = elsewhere.find((k) => k.code === a.kind);
  const run = (reason) => station.act('begin', { appointment: a.id, ...(reason ? { reason } : {}) });
  const go = () => (kind.reasons ? choose(pick(kind.words), kind.reasons, run) : run());
  const who = [el('time', { class: 'number' }, moment(a.at)), el('span', {}, el('b', {}, a.initials), ' ', el('span', { class: 'number' }, a.number), el('small', {}, pick((kind ?? other)?.words) || a.kind, other ? ` → ${pick(other.where)}` : ''))];
  return kind ? el('button', { type: 'button', class: 'turn', 'data-test': `appointment-${a.id}`, on: { click: go } }, who, icon('next', 20))
    : el('div', { class: 'turn' }, who);
}
