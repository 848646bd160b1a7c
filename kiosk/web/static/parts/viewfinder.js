// viewfinder.js shows what the camera sees while it looks for the card: the
// picture, an outline around the code or the zone, and one sentence at a time.
import { el, svg } from '../dom.js';
import { pick, t } from '../words.js';
import { live } from './still.js';

// films reports whether the station's camera is looking for the card.
export const films = (snapshot) => ['starting', 'looking', 'seen'].includes(snapshot?.scanning.state);

const colours = { read: '#62dc9b', confirming: '#6db7f7', 'not-card': '#ff8a80', unusable: '#ff8a80' };
const seen = '#f5c04a';

// viewfinder makes the picture; start and stop go with its tab.
export function viewfinder() {
  const camera = live(t('portrait.preview'));
  const outline = el('canvas', { 'aria-hidden': 'true', 'data-test': 'outline' });
  const say = el('p', { class: 'say', role: 'status', 'data-test': 'scanning' });
  const node = el('div', { class: 'live finder' }, camera.canvas, outline, frame(), say);
  return {
    node,
    start: camera.start,
    stop: camera.stop,
    update(scanning) {
      const off = ['off', 'read'].includes(scanning.state);
      node.dataset.state = scanning.state;
      node.dataset.cause = scanning.cause ?? '';
      camera.canvas.classList.toggle('hidden', off || scanning.state === 'starting');
      const text = off ? t('card.camera-off') : pick(scanning.message);
      if (say.textContent !== text) say.textContent = text;
      draw(outline, off ? null : scanning.corners, scanning.size, colours[scanning.cause] ?? colours[scanning.state] ?? seen);
    },
  };
}

// draw puts the outline over the picture; corners are counted in its pixels.
function draw(canvas, corners, [width, height], colour) {
  canvas.dataset.shown = String(Boolean(corners));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const pen = canvas.getContext('2d');
  pen.clearRect(0, 0, width, height);
  if (!corners) return;
  pen.lineWidth = Math.max(3, Math.max(width, height) / 180);
  pen.lineJoin = 'round';
  pen.strokeStyle = colour;
  pen.beginPath();
  for (const [x, y] of corners) pen.lineTo(x, y);
  pen.closePath();
  pen.stroke();
}

// frame is where the card goes: an outline of its shape, 85.6 by 54 mm.
function frame() {
  return svg('svg', { class: 'guide', viewBox: '0 0 160 90', preserveAspectRatio: 'xMidYMin meet', 'aria-hidden': 'true' },
    svg('rect', { x: 26, y: 11, width: 108, height: 68, rx: 4 }));
}
