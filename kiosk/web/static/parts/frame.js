// frame.js draws what surrounds every view: header, steps, meter, bar.
import { el, fill, icon } from '../dom.js';
import { lang, pick, seconds, t } from '../words.js';
import { banners } from './banners.js';
import { meter } from './meter.js';
import { second } from './second.js';
import { follow } from './sound.js';
import { waitTotal } from './waits.js';
import { needSign } from './needs.js';

// order is what lies ahead while no enrolment has begun.
const order = ['notice', 'card', 'person', 'register', 'phone', 'portrait', 'fingers', 'documents', 'consent', 'sign', 'seal'];

// kept tells whether what a part shows is another than before: the station
// speaks ten times a second, and what stands still is not drawn anew.
function kept() {
  let before = '';
  return (shown) => {
    const now = JSON.stringify(shown);
    const other = now !== before;
    before = now;
    return other;
  };
}

// frame builds the surroundings once; update keeps them at the snapshot.
export function frame(does) {
  const parts = {
    devices: el('ul', { class: 'devices', 'aria-label': t('frame.devices') }),
    count: el('span', { class: 'count number', 'data-test': 'queue-count' }, '0'),
    steps: el('ol', { class: 'steps' }),
    meter: meter(does.station),
    waits: waitTotal(),
    need: needSign(does.station),
    banners: el('div', { class: 'stack', role: 'alert', 'aria-live': 'assertive' }),
    title: el('h1', { tabindex: '-1' }),
    lead: el('p'),
    view: el('div', { class: 'view' }),
    others: el('div', { class: 'others' }),
    hint: el('p', { class: 'hint', 'aria-live': 'polite' }),
    next: el('button', { type: 'button', class: 'button primary', 'data-next': true, 'data-test': 'next' }),
  };
  const differs = { devices: kept(), steps: kept(), next: kept() };
  let action = null;
  let offered = []; // beside it
  parts.next.addEventListener('click', () => !parts.next.disabled && action?.run());
  const cancel = el('button', { type: 'button', class: 'button quiet', 'data-test': 'cancel', on: { click: does.cancel } },
    icon('cross', 20), t('frame.cancel'));

  const screen = second(does.station);
  const lookup = el('button', { type: 'button', 'data-test': 'lookup', on: { click: does.lookup } }, icon('question', 20), t('frame.lookup'));
  const head = el('header', { class: 'head' },
    el('div', { class: 'brand' }, el('img', { src: '/icon.svg', alt: '' }), 'Trạm', el('small', {}, t('frame.subtitle'))),
    el('div', { class: 'head-right' }, parts.devices,
      lookup, el('button', { type: 'button', 'data-test': 'queue', on: { click: does.queue } }, icon('inbox', 20), t('frame.queue'), parts.count),
      screen.node, el('button', { type: 'button', 'data-test': 'menu', 'aria-label': t('frame.menu'), title: t('frame.menu'), on: { click: does.menu } }, icon('menu', 20)),
      el('button', { type: 'button', 'data-test': 'language', lang: lang() === 'vi' ? 'en' : 'vi', on: { click: does.switchLanguage } },
        icon('globe', 20), lang() === 'vi' ? 'English' : 'Tiếng Việt'),
      el('button', { type: 'button', 'data-test': 'lock', 'aria-label': t('frame.lock'), title: t('frame.lock'), on: { click: does.lock } }, icon('lock', 20)),
      el('button', { type: 'button', 'data-test': 'logout', 'aria-label': t('frame.logout'), title: t('frame.logout'), on: { click: does.logout } },
        icon('exit', 20))));
  const node = el('div', { class: 'frame' }, head,
    el('nav', { class: 'rail', 'aria-label': t('frame.steps') }, el('div', { class: 'rail-head' }, el('h2', {}, t('frame.steps')), parts.waits.node), parts.steps, parts.meter.node),
    el('main', { class: 'sheet' }, el('div', { class: 'title' }, parts.title, parts.lead), parts.banners, parts.view),
    el('footer', { class: 'bar' }, cancel, parts.need.node, parts.others, parts.hint, parts.next));

  new ResizeObserver(() => reachable(parts.steps)).observe(parts.steps);

  return {
    node,
    show(view, step) {
      parts.title.textContent = view.title?.() ?? t(`title.${step}`);
      document.title = [parts.title.textContent, 'Trạm'].join(' – ');
      parts.lead.textContent = t(`lead.${step}`);
      node.dataset.step = step;
      fill(parts.view, view.node);
      if (view.focus) view.focus(); else parts.title.focus();
    },
    update({ snapshot, problem, busy, view }) {
      if (differs.devices(does.station.devices)) fill(parts.devices, does.station.devices.map(device));
      screen.update();
      const { waiting } = does.station.about;
      const between = snapshot.step === 'idle' || snapshot.step === 'done';
      lookup.classList.toggle('hidden', !does.station.mayEnter('lookup'));
      screen.node.classList.toggle('hidden', does.station.role === 'administrator');
      parts.count.textContent = String(waiting);
      parts.count.classList.toggle('none', waiting === 0);
      const steps = (snapshot.steps.length > 0 ? snapshot.steps : order.map((name) => ({ name, state: 'todo', machine_seconds: 0 })))
        .map((s) => ({ ...s, waited: s.machine_seconds >= 0.05 ? seconds(s.machine_seconds) : '' }));
      if (differs.steps(steps.map(({ name, state, waited }) => [name, state, waited]))) {
        fill(parts.steps, steps.map(step));
        reachable(parts.steps);
      }
      parts.meter.update(snapshot);
      parts.waits.update(snapshot);
      parts.need.update(snapshot);
      quietly(parts.banners, banners(does.station, snapshot, problem));
      follow(parts.banners.firstElementChild, snapshot);
      cancel.classList.toggle('hidden', between || does.station.room !== '');
      const bar = view.actions(snapshot);
      action = bar.next;
      if (differs.next(bar.next.label)) fill(parts.next, bar.next.label, el('kbd', { 'aria-hidden': 'true' }, 'F2'));
      parts.next.disabled = busy || bar.next.disabled === true;
      parts.next.classList.toggle('hidden', bar.next.hidden === true);
      if (parts.hint.textContent !== (bar.hint ?? '')) parts.hint.textContent = bar.hint ?? '';
      offered = bar.others ?? [];
      others(parts.others, offered, (name) => offered.find((o) => o.name === name)?.run());
    },
  };
}

// reachable lets the keyboard scroll a list that does not fit.
function reachable(list) {
  if (list.scrollHeight > list.clientHeight) list.tabIndex = 0;
  else list.removeAttribute('tabindex');
}

// quietly replaces banners only when they changed, so that a screen reader
// does not repeat them with every snapshot and a button keeps its focus.
function quietly(box, nodes) {
  const mark = `${lang()}${nodes.map((n) => n.textContent).join('|')}`;
  if (box.dataset.mark === mark) return;
  box.dataset.mark = mark;
  fill(box, nodes);
  box.classList.toggle('hidden', nodes.length === 0);
}

// others draws the buttons anew only when they look otherwise; what they do is
// what the view says now.
function others(box, list, run) {
  const mark = list.map((o) => o.label + o.name).join('|');
  if (box.dataset.mark === mark) return;
  box.dataset.mark = mark;
  fill(box, list.map((o) => el('button', { type: 'button', class: 'button', 'data-test': o.name, on: { click: () => run(o.name) } },
    o.icon ? icon(o.icon, 20) : null, o.label)));
}

function device(d) {
  return el('li', { class: `device ${d.state}`, title: pick(d.words) }, t(`device.${d.name}`),
    el('span', { class: 'unseen' }, pick(d.words)));
}

function step(s, index) {
  const mark = { done: icon('check', 16), skipped: icon('dash', 16) }[s.state] ?? String(index + 1);
  return el('li', { class: `step ${s.state}`, 'aria-current': s.state === 'active' ? 'step' : null },
    el('span', { class: 'mark' }, mark),
    el('span', {}, t(`step.${s.name}`), el('span', { class: 'unseen' }, ` – ${t(`state.${s.state}`)}`)),
    s.waited ? el('time', { title: t('frame.machine') }, s.waited) : el('span'));
}
