// still.js shows pictures of the enrolment on a canvas: they come with the
// session's header and never get an address of their own.
import * as api from '../api.js';
import { el, fill, icon } from '../dom.js';
import * as webcam from './webcam.js';

// still makes a frame for one picture. refresh(mark) loads it again whenever
// the mark changes; an empty mark leaves the placeholder.
export function still(path, label, placeholder = 'person') {
  const node = el('div', { class: 'still', role: 'img', 'aria-label': label }, icon(placeholder, 48));
  let loaded = '';
  return {
    node,
    async refresh(mark) {
      if (!mark || mark === loaded) return;
      loaded = mark;
      const picture = await api.image(path).catch(() => null);
      if (picture) fill(node, paint(el('canvas'), picture));
      else loaded = '';
    },
  };
}

function paint(canvas, picture) {
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext('2d').drawImage(picture, 0, 0);
  picture.close();
  return canvas;
}

// Milliseconds from one picture to the next, 16 a second, and the least pause.
const interval = 60;
const rest = 8;

// live shows the camera from start to stop, on an element that it calls canvas:
// where this page films, that is the camera's own picture.
export const live = (label) => (webcam.filmsHere() ? webcam.live(label) : fetched(label));

function fetched(label) {
  const canvas = el('canvas', { role: 'img', 'aria-label': label });
  let turn = 0; // of the loop that may paint
  return {
    canvas,
    async start() {
      for (const mine = ++turn; mine === turn;) {
        const begun = performance.now();
        const picture = await api.image('/api/preview').catch(() => null);
        if (picture && mine === turn) paint(canvas, picture);
        await new Promise((done) => setTimeout(done, picture ? Math.max(rest, interval - (performance.now() - begun)) : 250));
      }
    },
    stop() {
      turn++;
    },
  };
}
