// cardprint.js takes what is printed on a card: from a scanner that types, out
// of a picture, or by hand. send gets the arguments of the station's command, be
// it the citizen's card or the guardian's.
import * as api from '../api.js';
import { el, fill, icon, svg } from '../dom.js';
import { t } from '../words.js';
import { wedge } from './wedge.js';

// fromScanner is the field that a scanner types into.
export function fromScanner(station, send) {
  const lines = el('p', { class: 'soft', role: 'status', 'data-test': 'wedge-lines' });
  const typed = wedge({
    send: (text) => send({ text, via: 'wedge' }),
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

// fromPicture reads the code or the zone in a picture that is chosen or dropped.
export function fromPicture(station, send) {
  const said = el('p', { class: 'wrong', role: 'alert', 'data-test': 'picture-problem' });
  const input = el('input', { type: 'file', accept: 'image/png,image/jpeg', class: 'unseen', 'data-test': 'picture', on: { change: () => read(input.files[0]) } });
  async function read(file) {
    if (!file) return;
    fill(said, '');
    try {
      const { text } = await api.readQR(file);
      await send({ text, via: 'picture' });
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

// byHand takes the number, the dates of the zone, or the CAN.
export function byHand(station, send) {
  const field = (name, length, mode = 'numeric', extra = '') => {
    const input = el('input', { type: 'text', inputmode: mode, maxlength: String(length), autocomplete: 'off', 'data-test': `hand-${name}`,
      on: { input: () => station.redraw(), keydown: (event) => { if (event.key === 'Enter' && ready()) go(); } } });
    return { input, label: el('label', { class: `field ${extra}` }, el('span', {}, t(`card.hand-${name}`)), input, el('small', {}, t(`card.hand-${name}-note`))) };
  };
  const number = field('number', 12, 'numeric', 'whole');
  const birth = field('birth', 6);
  const expiry = field('expiry', 6);
  const can = field('can', 6, 'numeric', 'whole');
  const digits = (f, length) => new RegExp(`^\\d{${length}}$`).test(f.input.value);
  const ready = () => digits(number, 12) || digits(can, 6);
  const go = () => {
    const args = { via: 'keyboard' };
    if (digits(number, 12)) args.number = number.input.value;
    if (digits(can, 6)) args.can = can.input.value;
    if (digits(number, 12) && digits(birth, 6) && digits(expiry, 6)) {
      Object.assign(args, { document: number.input.value.slice(3), birth: birth.input.value, expiry: expiry.input.value });
    }
    return send(args);
  };
  return { node: el('div', { class: 'keys' }, number.label, birth.label, expiry.label, can.label), send: go, focus: () => number.input.focus(), ready };
}

// tabs leads from one way to another: ways are [name, sign] of its words and
// icon, pages the ways by name. drawn is called when another one is chosen.
export function tabs(ways, pages, first, drawn) {
  let chosen = first;
  const body = el('div', { class: 'stack grow' });
  const list = el('div', { class: 'tabs', role: 'tablist' }, ways.map(([name, sign]) => el('button',
    { type: 'button', role: 'tab', 'data-test': `tab-${name}`, 'data-name': name, on: { click: () => choose(name) } }, icon(sign), t(`card.${name}`))));
  function choose(name) {
    if (chosen !== name) pages[chosen].leave?.();
    chosen = name;
    for (const tab of list.children) tab.setAttribute('aria-selected', String(tab.dataset.name === name));
    fill(body, pages[name].node);
    pages[name].focus();
    drawn();
  }
  return { nodes: [list, body], page: () => pages[chosen], name: () => chosen, show: () => choose(chosen) };
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
