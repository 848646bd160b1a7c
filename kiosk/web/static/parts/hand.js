// hand.js draws the citizen's two hands, palms down, with the state of each
// finger. Finger numbers are those of ISO/IEC 19794-4: 1 right thumb … 10
// left little.
import { svg } from '../dom.js';
import { t } from '../words.js';

// Each finger of the right hand: where it joins the palm, its length, width
// and lean in degrees. The left hand is its mirror.
const right = [
  { x: 62, y: 205, length: 92, width: 44, lean: -48 },
  { x: 96, y: 146, length: 108, width: 40, lean: -9 },
  { x: 142, y: 134, length: 124, width: 42, lean: -1 },
  { x: 187, y: 144, length: 112, width: 40, lean: 7 },
  { x: 226, y: 168, length: 84, width: 35, lean: 17 },
];

// hands draws both hands; update takes the snapshot's finger list.
export function hands() {
  const fingers = new Map();
  const draw = (first, mirrored) => {
    const group = svg('g', mirrored ? { transform: 'translate(290 0) scale(-1 1)' } : { transform: 'translate(330 0)' });
    right.forEach((f, i) => {
      const finger = svg('g', { transform: `translate(${f.x} ${f.y}) rotate(${f.lean})`, class: 'finger' },
        svg('rect', { class: 'skin', x: -f.width / 2, y: -f.length, width: f.width, height: f.length + 46, rx: f.width / 2 }),
        svg('rect', { class: 'tip', x: -f.width / 2 + 4, y: -f.length + 4, width: f.width - 8, height: f.length * 0.46, rx: f.width / 2 - 4 }));
      fingers.set(first + i, finger);
      group.append(finger);
    });
    // The palm covers where the fingers join; its outline is drawn at the sides.
    group.append(svg('path', { class: 'palm', d: 'M77 158C70 200 62 232 80 280c8 22 20 40 22 64h108c4-34 22-60 32-104 5-24 6-44 4-66C226 140 100 128 77 158z' }),
      svg('path', { class: 'edge', d: 'M66 224c1 20 6 38 14 56 8 22 20 40 22 64h108c4-34 22-60 32-104 4-20 5-38 4-54' }));
    return group;
  };
  const node = svg('svg', { viewBox: '0 -4 620 376', class: 'hands', role: 'img', 'aria-label': t('fingers.drawing') },
    draw(6, true), draw(1, false),
    svg('text', { x: 134, y: 366 }, t('fingers.left')), svg('text', { x: 486, y: 366 }, t('fingers.right')));
  return {
    node,
    update(list) {
      const states = new Map(list.map((f) => [f.finger, f.state === 'todo' ? 'wanted' : f.state]));
      for (const [number, finger] of fingers) finger.setAttribute('class', `finger ${states.get(number) ?? ''}`);
    },
  };
}
