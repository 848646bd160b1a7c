// welcome.js waits for the next citizen and shows whether the station is ready.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';

const path = [['notice', 'info'], ['card', 'card'], ['person', 'person'], ['portrait', 'camera'], ['fingers', 'finger'],
  ['documents', 'paper'], ['consent', 'check'], ['sign', 'pen']];

export function welcome(station) {
  const devices = el('ul', { class: 'ready', 'data-test': 'devices' });
  const node = el('div', { class: 'welcome' },
    el('section', { class: 'panel lead' }, el('h2', {}, t('welcome.path')), el('p', { class: 'soft' }, t('welcome.text')),
      el('ul', { class: 'path' }, path.map(([name, sign]) => el('li', {}, el('span', { class: 'sign' }, icon(sign, 24)), t(`step.${name}`))))),
    el('section', { class: 'panel' }, el('h2', {}, icon('bell'), t('welcome.ready')), devices));
  return {
    node,
    update() {
      fill(devices, station.devices.map((d) => el('li', { class: d.state },
        el('span', { class: 'dot' }), el('div', {}, t(`device.${d.name}`), el('small', {}, pick(d.words))), t(`ready.${d.state}`))));
    },
    actions: () => ({
      next: { label: t('welcome.begin'), run: () => station.act('begin') },
      hint: t('welcome.hint'),
    }),
  };
}
