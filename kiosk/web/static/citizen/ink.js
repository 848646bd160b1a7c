// ink.js is where the citizen signs with a finger or a pen.
import { el } from '../dom.js';
import { t } from '../words.js';

const exported = 1200; // pixels across the picture that is kept
const enough = 0.18; // of the width: a dot is no signature

// ink makes the field. strokes holds what was drawn, in widths of the field, so
// that it is still there when the field is drawn anew.
export function ink(strokes, changed) {
  const canvas = el('canvas', { class: 'ink', role: 'img', 'aria-label': t('citizen.ink'), 'data-test': 'ink' });
  const node = el('div', { class: 'inkpad' }, canvas);
  const draw = () => paint(canvas, strokes, canvas.width, 'clear');
  const size = new ResizeObserver(() => {
    const sharp = Math.min(devicePixelRatio, 2);
    [canvas.width, canvas.height] = [Math.round(canvas.clientWidth * sharp), Math.round(canvas.clientHeight * sharp)];
    draw();
  });
  size.observe(canvas);
  let drawing = null; // the present stroke, of one pointer
  let pointer = null;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    return [Math.min(Math.max(x, 0), box.width) / box.width, Math.min(Math.max(y, 0), box.height) / box.width]; // what leaves the field stays at its edge
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (!event.isPrimary || event.button !== 0 || (drawing && event.pointerType !== 'pen')) return; // a pen goes before the hand that rests
    canvas.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    drawing = [at(event)];
    strokes.push(drawing);
    draw();
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!drawing || event.pointerId !== pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const one of passed.length > 0 ? passed : [event]) drawing.push(at(one));
    draw();
  });
  const end = (event) => {
    if (!drawing || event.pointerId !== pointer) return;
    drawing = null;
    changed();
  };
  for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, end);
  return { node, leave: () => size.disconnect(), clear() { strokes.length = 0; draw(); changed(); }, png: () => picture(canvas, strokes) };
}

// signed reports whether there is more than a dot.
export function signed(strokes) {
  const length = (points) => points.slice(1).reduce((sum, p, i) => sum + Math.hypot(p[0] - points[i][0], p[1] - points[i][1]), 0);
  return strokes.reduce((sum, points) => sum + length(points), 0) >= enough;
}

function paint(canvas, strokes, width, ground) {
  const pen = canvas.getContext('2d');
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (ground !== 'clear') {
    pen.fillStyle = ground;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }
  Object.assign(pen, { lineWidth: Math.max(2, width / 260), lineCap: 'round', lineJoin: 'round', strokeStyle: '#0c2544' });
  for (const points of strokes) {
    pen.beginPath();
    pen.moveTo(points[0][0] * width, points[0][1] * width);
    points.slice(1).forEach(([x, y], i) => pen.quadraticCurveTo(points[i][0] * width, points[i][1] * width, (points[i][0] + x) / 2 * width, (points[i][1] + y) / 2 * width));
    pen.lineTo(points.at(-1)[0] * width, points.at(-1)[1] * width);
    pen.stroke();
  }
}

// picture is the signature in dark ink on white.
function picture(canvas, strokes) {
  const copy = el('canvas', { width: String(exported), height: String(Math.round(exported * canvas.height / canvas.width)) });
  paint(copy, strokes, exported, '#fff');
  return new Promise((resolve) => { copy.toBlob(resolve, 'image/png'); });
}
