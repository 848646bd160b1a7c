// still.js shows pictures of the enrolment on a canvas: they come with the
// session's header and never get an address of their own.
import * as api from '../api.js';
import { el, fill, icon } from '../dom.js';
import * as webcam from './webcam.js';

const pause = 1000; // ms until a picture that did not come is asked for again

// still makes a frame for one picture. refresh(mark) loads it again whenever
// the mark changes; an empty mark brings the placeholder back. shown is the mark
// of the picture that is seen.
export function still(path, label, placeholder = 'person') {
  const node = el('div', { class: 'still', role: 'img', 'aria-label': label }, icon(placeholder, 48));
  let wanted = '';
  let missed = { mark: '', until: 0 };
  const frame = {
    node,
    shown: '',
    async refresh(mark) {
      if (mark === wanted || (mark === missed.mark && performance.now() < missed.until)) return;
      wanted = mark;
      const picture = mark ? await api.image(path).catch(() => null) : null;
      if (mark !== wanted) return void picture?.close(); // a later one is on its way
      frame.shown = picture ? mark : '';
      wanted = frame.shown;
      if (!picture) missed = { mark, until: performance.now() + pause };
      fill(node, picture ? paint(el('canvas'), picture) : icon(placeholder, 48));
    },
  };
  return frame;
}

function paint(canvas, picture) {
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  canvas.getContext('2d').drawImage(picture, 0, 0);
  picture.close();
  return canvas;
}

// Milliseconds from one picture to the next, 30 a second at most, and the pause
// while there is none.
const interval = 33;
const rest = 250;

// live shows the camera from start to stop, on an element that it calls canvas:
// where this page films, that is the camera's own picture.
export const live = (label) => (webcam.filmsHere() ? webcam.live(label) : scanned(label));

// scanned shows what the station's device sees, from start to stop.
export function scanned(label) {
  const canvas = el('canvas', { role: 'img', 'aria-label': label });
  let turn = 0; // of the loop that may paint
  return {
    canvas,
    async start() {
      let after = 0;
      for (const mine = ++turn; mine === turn;) {
        const begun = performance.now();
        const got = await api.preview(after).catch(() => null);
        if (got && mine === turn) paint(canvas, got.picture);
        after = got?.number ?? 0;
        await new Promise((done) => setTimeout(done, got ? interval - (performance.now() - begun) : rest));
      }
    },
    stop() {
      turn++;
    },
  };
}
