// hand.js draws the citizen's hands as they lie on the reader: which fingers
// go down now, which are taken, and how they turned out. Every state has a sign
// beside its colour.
import { fill, svg } from '../dom.js';
import { t } from '../words.js';

// Each finger of the right hand from thumb to little finger: where it joins
// the palm, its length, width and lean in degrees. The left hand is its mirror.
const right = [
  { x: 62, y: 205, length: 92, width: 44, lean: -48 },
  { x: 96, y: 146, length: 108, width: 40, lean: -9 },
  { x: 142, y: 134, length: 124, width: 42, lean: -1 },
  { x: 187, y: 144, length: 112, width: 40, lean: 7 },
  { x: 226, y: 168, length: 84, width: 35, lean: 17 },
];
const handWidth = 290;
const rightAt = 330; // the right hand's left edge
const target = 46; // width of what takes a press

// geometry lists the ten fingers by number, each with the middle of its tip.
const geometry = new Map([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((number) => {
  const f = right[(number - 1) % 5];
  const left = number > 5;
  const x = left ? handWidth - f.x : rightAt + f.x;
  const lean = left ? -f.lean : f.lean;
  const reach = f.length * 0.72;
  const turn = lean * Math.PI / 180;
  return [number, { ...f, x, lean, tipX: x + Math.sin(turn) * reach, tipY: f.y - Math.cos(turn) * reach }];
}));

// Signs on a grid whose middle is the finger's tip.
const signs = {
  done: 'M-7.500 .5-2.500 5.500 8-6',
  weak: 'M0-8V2.500M0 8v.2',
  exception: 'M-7 0H7',
  chosen: 'M-7 0H7',
  pending: 'M-6 0h.2M0 0h.2M6 0h.2',
  clash: 'M-6.500-3.500h13M-6.500 3.500h13',
  swapped: 'M-4-3.500C-4-9.500 4-9.500 4-3.500 4 .5 0 0 0 4.500M0 8.500v.2',
};

const views = { left: '-6 -16 300 400', right: '326 -16 300 400', both: '-4 -16 628 400' };

// hands draws both hands. update takes the fingers' states by number ("todo",
// "wanted", "active", "chosen", "done", "weak", "exception", "pending",
// "clash", "swapped"), and what is laid down now. toggle makes those of offered
// check boxes: it has their label(number), and run(number) on each press.
export function hands(toggle = null) {
  const glass = svg('rect', { class: 'glass hidden', rx: 14 });
  const fingers = new Map();
  for (const [number, place] of geometry) fingers.set(number, drawFinger(number, place, toggle));
  const node = svg('svg', { viewBox: views.both, class: 'hands', role: toggle ? 'group' : 'img', 'aria-label': t('fingers.drawing') },
    glass, side('right', fingers, rightAt + 156), side('left', fingers, handWidth - 156));
  return {
    node,
    update(states, unit = null) {
      for (const [number, finger] of fingers) {
        const state = states.get(number) ?? '';
        finger.node.setAttribute('class', `finger ${state}`);
        finger.mark.setAttribute('class', `mark ${state}`);
        finger.sign.setAttribute('d', signs[state] ?? '');
        if (toggle?.offered.has(number)) finger.node.setAttribute('aria-checked', String(state === 'chosen'));
        fill(finger.arrow, unit?.rolled && unit.fingers.includes(number) ? rolling() : null);
      }
      lay(glass, unit?.fingers ?? []);
    },
    // look shows the part that the fingers are in.
    look(numbers) {
      const sides = new Set(numbers.map((n) => (n > 5 ? 'left' : 'right')));
      const side = sides.size === 1 ? [...sides][0] : 'both';
      node.setAttribute('viewBox', views[side]);
      node.dataset.side = side;
    },
  };
}

// side is one hand: its fingers, the palm over them, their signs, and its name.
function side(name, fingers, middle) {
  const left = name === 'left';
  const own = [...fingers].filter(([number]) => (number > 5) === left).map(([, f]) => f);
  return svg('g', { class: name }, own.map((f) => f.node), palm(left), own.map((f) => f.mark),
    svg('text', { x: middle, y: 370 }, t(left ? 'fingers.left' : 'fingers.right')));
}

function drawFinger(number, place, toggle) {
  const { x, y, length, width, lean, tipX, tipY } = place;
  const node = svg('g', { 'data-finger': number }, svg('g', { transform: `translate(${x} ${y}) rotate(${lean})` },
    svg('rect', { class: 'target', x: -target / 2, y: -length - 6, width: target, height: length + 6 }),
    svg('rect', { class: 'skin', x: -width / 2, y: -length, width, height: length + 46, rx: width / 2 }),
    svg('rect', { class: 'tip', x: -width / 2 + 4, y: -length + 4, width: width - 8, height: length * 0.5, rx: width / 2 - 4 })));
  const sign = svg('path', {});
  const arrow = svg('g', { class: 'rolling', transform: `rotate(${lean})` });
  const mark = svg('g', { transform: `translate(${tipX} ${tipY})` }, svg('circle', { r: 13 }), sign, arrow);
  if (toggle?.offered.has(number)) {
    for (const [name, value] of Object.entries({ tabindex: 0, role: 'checkbox', 'data-test': `hand-${number}`, 'aria-label': toggle.label(number) })) node.setAttribute(name, value);
    node.addEventListener('click', () => toggle.run(number));
    node.addEventListener('keydown', (event) => {
      if (event.key !== ' ' && event.key !== 'Enter') return;
      event.preventDefault();
      toggle.run(number);
    });
  }
  return { node, mark, sign, arrow };
}

// palm covers where the fingers join; its outline is drawn at the sides.
function palm(left) {
  return svg('g', { transform: left ? `translate(${handWidth} 0) scale(-1 1)` : `translate(${rightAt} 0)`, class: 'rest' },
    svg('path', { class: 'palm', d: 'M77 158C70 200 62 232 80 280c8 22 20 40 22 64h108c4-34 22-60 32-104 5-24 6-44 4-66C226 140 100 128 77 158z' }),
    svg('path', { class: 'edge', d: 'M66 224c1 20 6 38 14 56 8 22 20 40 22 64h108c4-34 22-60 32-104 4-20 5-38 4-54' }));
}

// rolling is an arrow over a finger's tip, from nail edge to nail edge.
function rolling() {
  return svg('path', { d: 'M-27-8C-22-40 22-40 27-8M-36-15-27-7-18-14M18-14 27-7 36-15' });
}

// lay puts the reader's glass under the tips.
function lay(glass, numbers) {
  glass.classList.toggle('hidden', numbers.length === 0);
  if (numbers.length === 0) return;
  const tips = numbers.map((n) => geometry.get(n));
  const [x0, x1] = [Math.min(...tips.map((p) => p.tipX)) - 34, Math.max(...tips.map((p) => p.tipX)) + 34];
  const [y0, y1] = [Math.min(...tips.map((p) => p.tipY)) - 38, Math.max(...tips.map((p) => p.tipY)) + 38];
  for (const [name, value] of Object.entries({ x: x0, y: y0, width: x1 - x0, height: y1 - y0 })) glass.setAttribute(name, value);
}
