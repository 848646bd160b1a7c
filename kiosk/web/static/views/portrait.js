// portrait.js shows the camera with one sentence of guidance at a time; the
// picture is taken by itself when everything is good.
import { el, fill, icon, svg } from '../dom.js';
import { known, pick, t } from '../words.js';
import { live } from '../parts/still.js';
import { choose } from '../parts/dialogs.js';

export function portrait(station) {
  const camera = live(t('portrait.preview'));
  camera.start();
  const say = el('p', { class: 'say', 'aria-live': 'polite', 'data-test': 'guidance' });
  const measures = el('ul', { class: 'measures' });
  const box = el('div', { class: 'live' }, camera.canvas, oval(), say);
  const node = el('div', { class: 'shoot' }, box,
    el('aside', { class: 'panel stack' }, el('h2', {}, icon('camera'), t('portrait.measures')), measures,
      el('p', { class: 'soft small' }, t('portrait.note'))));
  const byHand = () => choose(t('portrait.manual-title'), ['light', 'posture', 'device'].map((code) => ({
    code, words: { vi: t(`portrait.reason-${code}`), en: t(`portrait.reason-${code}`) },
  })), (code) => station.act('portrait-manual', { reason: t(`portrait.reason-${code}`) }));
  return {
    node,
    leave: camera.stop,
    update({ portrait: p }) {
      box.classList.toggle('ok', p.ok);
      const text = pick(p.guidance) || t(`portrait.${p.state}`);
      if (say.textContent !== text) say.textContent = text;
      fill(measures, (p.measures ?? []).map((m) => el('li', { class: m.ok ? 'ok' : '' },
        el('span', {}, known(`measure.${m.name}`) ? t(`measure.${m.name}`) : m.name), bar(m.score))));
    },
    actions: ({ portrait: p }) => (p.state === 'idle'
      ? { next: { label: t('portrait.start'), run: () => station.act('portrait-start') }, hint: t('portrait.hint') }
      : { next: { label: t('portrait.auto'), disabled: true, run() {} }, hint: t('portrait.hint-auto'),
        others: [{ name: 'manual', icon: 'camera', label: t('portrait.manual'), run: byHand }] }),
  };
}

function bar(score) {
  const filled = el('div', { class: 'filled' });
  filled.style.width = `${Math.max(0, Math.min(100, score))}%`;
  return el('div', { class: 'track' }, filled);
}

// oval is where the face goes, on the 3:4 middle of the picture.
function oval() {
  return svg('svg', { class: 'oval', viewBox: '0 0 160 90', preserveAspectRatio: 'xMidYMid slice', 'aria-hidden': 'true' }, svg('ellipse', { cx: 80, cy: 41, rx: 20, ry: 27 }));
}
