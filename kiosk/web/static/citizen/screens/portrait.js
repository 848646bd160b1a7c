// portrait.js asks the citizen to look ahead, and shows the picture once it is
// taken.
import { el, fill, icon } from '../../dom.js';
import { pick, t } from '../../words.js';
import * as line from '../line.js';

export function portrait(desk) {
  const node = el('div', { class: 'calm' });
  let mark = null;
  const now = () => desk.view.portrait ?? {};
  const show = async (own, wanted) => {
    fill(node, el('span', { class: 'disc' }, icon('camera', 132)));
    const canvas = wanted ? await face(desk.view.id) : null;
    if (canvas && mark === own) fill(node, canvas);
  };
  return {
    node,
    live: true,
    title: () => (now().shown ? t('citizen.title-face') : pick(now().asked) || t('citizen.title-portrait')),
    lead: () => (now().shown ? t('citizen.lead-face') : pick(now().guidance) || t('citizen.lead-portrait')),
    leave: () => { mark = null; },
    update() {
      const next = `${now().shown} ${now().shown ? now().state : ''}`;
      if (mark === next) return;
      mark = next;
      show(next, now().shown);
    },
  };
}

// face is the citizen's own picture; null while there is none.
export async function face(enrolment) {
  const bitmap = await line.portrait(enrolment);
  if (!bitmap) return null;
  const canvas = el('canvas', { class: 'face', width: String(bitmap.width), height: String(bitmap.height), role: 'img', 'aria-label': t('citizen.face'), 'data-test': 'own-portrait' });
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  return canvas;
}
