// ink.js takes a signature with a pen, a finger or the mouse, as a picture with
// nothing else on it.
import { el } from '../dom.js';
import { t } from '../words.js';

const size = { width: 900, height: 300 };
const stroke = 4.5; // pixels of the picture

const dot = 8; // points: so little is no signature

// ink makes the field. changed is called with whether there is a signature when
// something was drawn or wiped out.
export function ink(changed) {
  const canvas = el('canvas', { class: 'ink', ...size, role: 'img', 'aria-label': t('ink.label'), 'data-test': 'ink' });
  const pen = canvas.getContext('2d');
  let drawn = 0; // points
  let last = null;

  function clear() {
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, size.width, size.height);
    Object.assign(pen, { lineWidth: stroke, lineCap: 'round', lineJoin: 'round', strokeStyle: '#0c2544', fillStyle: '#0c2544' });
    drawn = 0;
    changed(false);
  }
  // at is where a pointer is, in pixels of the picture.
  function at(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * size.width / box.width, (event.clientY - box.top) * size.height / box.height];
  }
  function line(to) {
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...to);
    pen.stroke();
    last = to;
    drawn++;
  }
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
    line(last);
    changed(drawn > dot);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (last === null) return;
    const between = event.getCoalescedEvents?.() ?? []; // a fast hand moves more often than the page draws
    for (const one of between.length > 0 ? between : [event]) line(at(one));
    changed(drawn > dot);
  });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { last = null; });
  return {
    node: canvas,
    clear,
    picture: () => new Promise((done) => canvas.toBlob(done, 'image/png')),
  };
}
