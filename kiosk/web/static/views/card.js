// card.js takes what is printed on the card: by a scanner that types, by the
// camera, by a picture, or by hand. The chip is then read by itself.
import * as api from '../api.js';
import { el, fill, icon, svg } from '../dom.js';
import { t } from '../words.js';
import { checkList, chipProgress } from '../parts/checks.js';
import { films, viewfinder } from '../parts/viewfinder.js';
import { wedge } from '../parts/wedge.js';

export function card(station) {
  const progress = chipProgress();
  const checks = el('div');
  const drawing = placing();
  const pages = { scan: scanPage(station), camera: cameraPage(station), picture: picturePage(station), hand: handPage(station) };
  const body = el('div', { class: 'stack grow' });
  const tabs = el('div', { class: 'tabs', role: 'tablist' }, [['scan', 'qr'], ['camera', 'camera'], ['picture', 'image'], ['hand', 'keyboard']].map(([name, sign]) => el('button',
    { type: 'button', role: 'tab', 'data-test': `tab-${name}`, 'data-name': name, on: { click: () => choose(name) } }, icon(sign), t(`card.${name}`))));
  // A page that was loaded again finds the camera as it left it.
  let chosen = films(station.snapshot) ? 'camera' : 'scan';
  function choose(name) {
    if (chosen !== name) pages[chosen].leave?.();
    chosen = name;
    for (const tab of tabs.children) tab.setAttribute('aria-selected', String(tab.dataset.name === name));
    fill(body, pages[name].node);
    pages[name].focus();
    station.redraw();
  }
  const node = el('div', { class: 'columns' },
    el('section', { class: 'panel stack' }, tabs, body),
    el('section', { class: 'panel stack' }, el('h2', {}, icon('chip'), t('chip.title')), drawing, progress.node, checks));
  return {
    node,
    focus: () => choose(chosen),
    leave: () => pages[chosen].leave?.(),
    update(snapshot) {
      pages[chosen].update?.(snapshot);
      progress.update(snapshot.chip);
      drawing.classList.toggle('hidden', snapshot.checks.length > 0);
      fill(checks, snapshot.checks.length > 0 ? checkList(snapshot.checks) : null);
    },
    actions: (snapshot) => ({
      next: { label: pages[chosen].label?.() ?? t('card.go'), disabled: !pages[chosen].ready(), run: () => pages[chosen].send() },
      hint: snapshot.chip.state === 'reading' ? t('card.hold') : t(`card.${chosen}-hint`),
    }),
  };
}

const scan = (station, args) => station.act('scan', args);

function scanPage(station) {
  const lines = el('p', { class: 'soft', role: 'status', 'data-test': 'wedge-lines' });
  const typed = wedge({
    send: (text) => scan(station, { text }),
    changed(count) {
      lines.textContent = count > 0 ? t('card.scan-lines', { count }) : '';
      station.redraw();
    },
  });
  const node = el('div', { class: 'stack' },
    el('label', { class: 'field' }, el('span', {}, t('card.scan-label')), typed.input, el('small', {}, t('card.scan-note'))), lines,
    el('div', { class: 'place' }, where()));
  return { node, send: typed.send, leave: typed.stop, focus: () => typed.input.focus(), ready: typed.ready };
}

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

function picturePage(station) {
  const said = el('p', { class: 'wrong', role: 'alert', 'data-test': 'picture-problem' });
  const input = el('input', { type: 'file', accept: 'image/png,image/jpeg', class: 'unseen', 'data-test': 'picture', on: { change: () => read(input.files[0]) } });
  async function read(file) {
    if (!file) return;
    fill(said, '');
    try {
      const { text } = await api.readQR(file);
      await scan(station, { text });
    } catch (problem) {
      station.refuse(problem);
    }
    input.value = '';
  }
  const drop = el('label', { class: 'drop', on: {
    dragover: (event) => { event.preventDefault(); drop.classList.add('over'); },
    dragleave: () => drop.classList.remove('over'),
    drop: (event) => { event.preventDefault(); drop.classList.remove('over'); read(event.dataTransfer.files[0]); },
  } }, icon('image', 44), el('b', {}, t('card.picture-choose')), t('card.picture-note'), input);
  return { node: el('div', { class: 'stack' }, drop, said), send: () => input.click(), label: () => t('card.picture-go'), focus: () => input.focus(), ready: () => true };
}

function handPage(station) {
  const field = (name, length, mode = 'numeric', extra = '') => {
    const input = el('input', { type: 'text', inputmode: mode, maxlength: String(length), autocomplete: 'off', 'data-test': `hand-${name}`,
      on: { input: () => station.redraw(), keydown: (event) => { if (event.key === 'Enter' && ready()) send(); } } });
    return { input, label: el('label', { class: `field ${extra}` }, el('span', {}, t(`card.hand-${name}`)), input, el('small', {}, t(`card.hand-${name}-note`))) };
  };
  const number = field('number', 12, 'numeric', 'whole');
  const birth = field('birth', 6);
  const expiry = field('expiry', 6);
  const can = field('can', 6, 'numeric', 'whole');
  const digits = (f, length) => new RegExp(`^\\d{${length}}$`).test(f.input.value);
  const ready = () => digits(number, 12) || digits(can, 6);
  const send = () => {
    const args = {};
    if (digits(number, 12)) args.number = number.input.value;
    if (digits(can, 6)) args.can = can.input.value;
    if (digits(number, 12) && digits(birth, 6) && digits(expiry, 6)) {
      Object.assign(args, { document: number.input.value.slice(3), birth: birth.input.value, expiry: expiry.input.value });
    }
    return scan(station, args);
  };
  return { node: el('div', { class: 'keys' }, number.label, birth.label, expiry.label, can.label), send, focus: () => number.input.focus(), ready };
}

// where shows the corner of the card that carries the code.
function where() {
  return svg('svg', { viewBox: '0 0 260 150', 'aria-hidden': 'true' },
    svg('rect', { x: 4, y: 4, width: 252, height: 142, rx: 14, fill: '#f3efe4', stroke: '#cfc6b2', 'stroke-width': 2 }),
    svg('rect', { x: 22, y: 46, width: 62, height: 78, rx: 6, fill: '#d9d2c2' }),
    svg('circle', { cx: 53, cy: 74, r: 14, fill: '#bdb39d' }), svg('path', { d: 'M30 124c2-22 12-30 23-30s21 8 23 30z', fill: '#bdb39d' }),
    svg('path', { d: 'M104 62h72M104 80h90M104 98h54M104 116h80', stroke: '#c7bda8', 'stroke-width': 7, 'stroke-linecap': 'round' }),
    svg('path', { d: 'M22 24h120', stroke: '#b3261e', 'stroke-opacity': '.45', 'stroke-width': 8, 'stroke-linecap': 'round' }),
    svg('rect', { x: 196, y: 18, width: 44, height: 44, rx: 5, fill: '#fff', stroke: '#12345c', 'stroke-width': 3 }),
    svg('path', { d: 'M203 25h11v11h-11zM222 25h11v11h-11zM203 44h11v11h-11zM222 44h5v5h-5zM229 51h4v4h-4z', fill: '#12345c' }));
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
