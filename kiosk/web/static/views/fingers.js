// fingers.js leads through the fingers that the rules ask for, one after the
// other, with the finger lit on the drawing.
import { el, fill, icon } from '../dom.js';
import { t } from '../words.js';
import { choose } from '../parts/dialogs.js';
import { fingerInside, fingerName } from '../parts/facts.js';
import { hands } from '../parts/hand.js';
import { live, still } from '../parts/still.js';

export function fingers(station) {
  const drawing = hands();
  const list = el('ol', { class: 'fingers' });
  const face = still('/api/image/portrait', t('portrait.title'));
  const rows = new Map();
  const node = el('div', { class: 'prints' },
    el('section', { class: 'panel drawing' }, drawing.node),
    el('aside', { class: 'panel stack' }, el('h2', {}, icon('finger'), t('fingers.list')), list,
      el('div', { class: 'result' }, face.node,
        el('div', { class: 'stack' }, el('b', {}, t('fingers.portrait')),
          el('button', { type: 'button', class: 'button small', 'data-test': 'retake', on: { click: () => station.act('portrait-retake') } }, icon('again', 18), t('portrait.retake'))))));
  const start = (finger) => station.act('fingers-start', { finger });
  const except = (finger) => choose(t('fingers.exception-title', { finger: fingerInside(finger) }), station.snapshot.rules.finger_reasons,
    (reason) => station.act('finger-exception', { finger: finger.finger, reason }));

  function row(finger) {
    const picture = still(`/api/image/print-${finger.finger}`, fingerName(finger), 'finger');
    const state = el('small', { class: 'soft' });
    const button = el('button', { type: 'button', class: 'button small', 'data-test': `exception-${finger.finger}`, on: { click: () => except(find(finger.finger)) } }, t('fingers.exception'));
    const item = el('li', { 'data-test': `finger-${finger.finger}` }, picture.node, el('div', {}, el('b', {}, fingerName(finger)), el('br'), state), button);
    let camera = null;
    const stop = () => { camera?.stop(); camera?.canvas.parentNode?.remove(); camera = null; };
    return { item, stop, update(f) {
      if (f.state === 'active' && !camera) {
        camera = live(fingerName(f));
        picture.node.before(el('div', { class: 'still' }, camera.canvas));
      } else if (f.state !== 'active') stop();
      picture.node.classList.toggle('hidden', camera !== null);
      item.className = f.state;
      state.textContent = describe(f);
      button.classList.toggle('hidden', f.state === 'done' || f.state === 'exception');
      picture.refresh(f.quality ? `${f.tries}-${f.quality.score}` : '');
    } };
  }
  const find = (number) => station.snapshot.fingers.find((f) => f.finger === number);
  const wanted = (snapshot) => snapshot.fingers.find((f) => f.state === 'todo');
  return {
    node,
    leave: () => rows.forEach((r) => r.stop()),
    update(snapshot) {
      drawing.update(snapshot.fingers);
      for (const f of snapshot.fingers) {
        if (!rows.has(f.finger)) {
          rows.set(f.finger, row(f));
          list.append(rows.get(f.finger).item);
        }
        rows.get(f.finger).update(f);
      }
      face.node.parentNode.classList.toggle('hidden', snapshot.portrait.state !== 'done');
      face.refresh(snapshot.portrait.state === 'done' ? `${snapshot.id}-${snapshot.portrait.tries}` : '');
    },
    actions(snapshot) {
      const active = snapshot.fingers.find((f) => f.state === 'active');
      if (active) return { next: { label: t('fingers.reading'), disabled: true, run() {} }, hint: t('fingers.put', { finger: fingerInside(active) }) };
      const next = wanted(snapshot);
      if (!next) return { next: { label: t('next.documents'), disabled: true, run() {} }, hint: '' };
      return { next: { label: t('fingers.take', { finger: fingerInside(next) }), run: () => start(next.finger) }, hint: t('fingers.hint') };
    },
  };
}

function describe(f) {
  const words = [t(`finger-state.${f.state}`)];
  if (f.quality) words.push(t('fingers.quality', { score: f.quality.score }));
  if (f.dpi) words.push(`${f.dpi} dpi`);
  if (f.virtual) words.push(t('fingers.virtual'));
  return words.join(' · ');
}
