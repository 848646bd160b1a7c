// overlay.js draws over the live picture: the oval that the face belongs into,
// the one that follows the face, its eyes, and the ring that fills while
// everything is good.
import { fill, svg } from '../dom.js';

// Where crown and chin are, of the distance from the eyes to the chin.
const crown = 0.97;
const width = 0.74; // of a head's height

export function faceOverlay() {
  const node = svg('svg', { class: 'oval', preserveAspectRatio: 'xMidYMid slice', 'aria-hidden': 'true', 'data-test': 'overlay' });
  return {
    node,
    update({ face, progress, state }) {
      const [w, h] = face?.size ?? [160, 90];
      node.setAttribute('viewBox', `0 0 ${w} ${h}`);
      node.style.setProperty('--unit', String(Math.max(w, h) / 160));
      node.dataset.face = String(Boolean(face));
      const target = svg('ellipse', { class: 'target', cx: w / 2, cy: 0.46 * h, rx: 0.4 * h * width, ry: 0.4 * h });
      fill(node, face && state === 'live' ? [svg('g', {}, ...followed(face, progress))] : target);
    },
  };
}

// followed draws the face where it is, upright with it.
function followed({ left, right, chin }, progress) {
  const eyes = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2];
  const down = [chin[0] - eyes[0], chin[1] - eyes[1]];
  const unit = Math.hypot(...down);
  const ry = unit * (1 + crown) / 2;
  const rx = ry * width;
  const middle = [eyes[0] + down[0] * (1 - crown) / 2, eyes[1] + down[1] * (1 - crown) / 2];
  const roll = Math.atan2(right[1] - left[1], right[0] - left[0]) * 180 / Math.PI;
  const turned = `translate(${middle[0]} ${middle[1]}) rotate(${roll})`;
  const round = `M0 ${-ry}A${rx} ${ry} 0 1 1 0 ${ry}A${rx} ${ry} 0 1 1 0 ${-ry}`;
  return [
    svg('path', { class: 'follows', d: round, transform: turned }),
    svg('path', { class: progress > 0 ? 'ring' : 'ring hidden', d: round, transform: turned, pathLength: 100, 'stroke-dasharray': `${100 * progress} 100` }),
    ...[left, right].map(([x, y]) => svg('circle', { class: 'eye', cx: x, cy: y, r: unit / 28 })),
  ];
}
