// card.js takes what is printed on the card: by a scanner that types, by the
// camera, by a picture, or by hand. The chip is then read by itself.
import { el, fill, icon, svg } from '../dom.js';
import { t } from '../words.js';
import { byHand, fromPicture, fromScanner, tabs } from '../parts/cardprint.js';
import { checkList, chipProgress, ofGuardian } from '../parts/checks.js';
import { films, viewfinder } from '../parts/viewfinder.js';

const ways = [['scan', 'qr'], ['camera', 'camera'], ['picture', 'image'], ['hand', 'keyboard']];

export function card(station) {
  const progress = chipProgress();
  const checks = el('div');
  const drawing = placing();
  let mark = '';
  const scan = (args) => station.act('scan', args);
  const pages = { scan: fromScanner(station, scan), camera: cameraPage(station), picture: fromPicture(station, scan), hand: byHand(station, scan) };
  // A page that was loaded again finds the camera as it left it.
  const way = tabs(ways, pages, films(station.snapshot) ? 'camera' : 'scan', () => station.redraw());
  const node = el('div', { class: 'columns' },
    el('section', { class: 'panel stack' }, way.nodes),
    el('section', { class: 'panel stack' }, el('h2', {}, icon('chip'), t('chip.title')), station.snapshot.guardian ? swap() : null, drawing, progress.node, checks));
  return {
    node,
    focus: () => way.show(),
    leave: () => way.page().leave?.(),
    update(snapshot) {
      way.page().update?.(snapshot);
      progress.update(snapshot.chip);
      const own = snapshot.checks.filter((c) => !ofGuardian(c));
      drawing.classList.toggle('hidden', own.length > 0);
      const now = JSON.stringify(own);
      if (now === mark) return;
      mark = now;
      fill(checks, own.length > 0 ? checkList(own) : null);
    },
    actions: (snapshot) => ({
      next: { label: way.page().label?.() ?? t('card.go'), disabled: !way.page().ready(), run: () => way.page().send() },
      hint: snapshot.chip.state === 'reading' ? t('card.hold') : t(`card.${way.name()}-hint`),
    }),
  };
}

// swap says whose card it is now: the guardian's lay there before.
const swap = () => el('p', { class: 'note', 'data-test': 'swap' }, el('span', { class: 'sign' }, icon('again')), el('b', {}, t('guardian.swap')));

let wishes = Promise.resolve(); // about the camera, one after the other, also over two languages

// cameraPage looks with the station's camera; what it reads the station takes
// by itself.
function cameraPage(station) {
  const finder = viewfinder();
  const on = () => films(station.snapshot);
  let asked = false;
  function turn(wanted) {
    asked = wanted;
    wishes = wishes.then(() => station.tell('scan-camera', { on: wanted }));
  }
  return {
    node: finder.node,
    send: () => turn(true),
    focus() {
      finder.start();
      turn(true);
    },
    leave() {
      finder.stop();
      if (asked && station.snapshot?.scanning.state !== 'read') turn(false);
    },
    update: (snapshot) => finder.update(snapshot.scanning),
    label: () => t(on() ? 'card.camera-busy' : 'card.camera-go'),
    ready: () => !on(),
  };
}

// placing shows a card that is laid on the reader.
function placing() {
  return el('div', { class: 'place' }, svg('svg', { viewBox: '0 0 260 190', 'aria-hidden': 'true' },
    svg('rect', { x: 20, y: 96, width: 220, height: 78, rx: 18, fill: '#2b3a4b' }),
    svg('rect', { x: 34, y: 104, width: 192, height: 56, rx: 12, fill: '#3a4d63' }),
    svg('circle', { cx: 216, cy: 168, r: 3.5, fill: '#5fd394' }),
    svg('path', { d: 'M112 132a18 18 0 0 1 36 0M102 132a28 28 0 0 1 56 0', fill: 'none', stroke: '#8fa8c4', 'stroke-width': 3, 'stroke-linecap': 'round' }),
    svg('g', { class: 'moving' },
      svg('rect', { x: 62, y: 26, width: 136, height: 82, rx: 9, fill: '#f3efe4', stroke: '#c8962e', 'stroke-width': 2.5 }),
      svg('rect', { x: 76, y: 50, width: 32, height: 42, rx: 4, fill: '#cfc6b2' }),
      svg('path', { d: 'M120 58h60M120 70h46M120 82h54', stroke: '#c7bda8', 'stroke-width': 5, 'stroke-linecap': 'round' }),
      svg('path', { d: 'M76 38h66', stroke: '#b3261e', 'stroke-opacity': '.5', 'stroke-width': 5, 'stroke-linecap': 'round' }))),
  el('p', { class: 'soft' }, t('card.place')));
}
