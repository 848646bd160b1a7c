// pages.js takes the pictures of a paper: files of a scanner or a phone, what is
// dropped here, or the counter's camera. Each goes to the station at once and is
// kept with the enrolment; a paper then names its pages.
import * as api from '../api.js';
import { el, fill, icon } from '../dom.js';
import { t } from '../words.js';
import { open } from './dialogs.js';
import { snap } from './snap.js';
import { still } from './still.js';
import * as webcam from './webcam.js';

const kinds = 'image/png,image/jpeg';

// pages makes the strip of one paper's pages. names are those that it has;
// changed is called when they are others, or when some are on their way.
export function pages(station, purpose, { names = [], changed }) {
  const list = [...names];
  let busy = 0;
  const thumbs = el('div', { class: 'thumbs' });
  const said = el('small', { role: 'status', 'data-test': `pages-busy-${purpose}` });
  const input = el('input', { type: 'file', accept: kinds, multiple: true, class: 'unseen', 'data-test': `pages-${purpose}`, 'aria-label': t('pages.add'), on: { change: () => { take([...input.files]); input.value = ''; } } });
  const add = el('label', { class: 'button small' }, icon('image', 20), t('pages.add'), input);
  const film = webcam.filmsHere() ? el('button', { type: 'button', class: 'button small', 'data-test': `snap-${purpose}`, on: { click: () => snap((picture) => take([picture])) } }, icon('camera', 20), t('pages.snap')) : null;
  const node = el('div', { class: 'pages', on: {
    dragover: (event) => { event.preventDefault(); node.classList.add('over'); },
    dragleave: () => node.classList.remove('over'),
    drop: (event) => { event.preventDefault(); node.classList.remove('over'); take([...event.dataTransfer.files]); },
  } }, thumbs, add, film, said);
  show();

  // take sends pictures one after the other: the order is that of the paper, and
  // none goes to another citizen's application. It reports whether the station took
  // them all.
  async function take(pictures) {
    const citizen = station.snapshot?.id;
    let all = true;
    busy += pictures.length;
    draw();
    for (const picture of pictures) {
      if (station.snapshot?.id !== citizen) return false;
      try {
        const { name } = await api.upload(picture, purpose);
        if (!list.includes(name)) list.push(name);
      } catch (error) {
        all = false;
        station.refuse(error);
      }
      busy--;
      draw();
    }
    return all;
  }

  function drop(name) {
    list.splice(list.indexOf(name), 1);
    draw();
    thumbs.querySelector('button')?.focus();
    if (!named(station.snapshot).includes(name)) station.tell('page-remove', { name });
  }

  function show() {
    fill(thumbs, list.map((name, i) => thumb(name, i, () => drop(name))));
    said.textContent = busy > 0 ? t('pages.busy', { count: busy }) : '';
  }
  function draw() {
    show();
    changed();
  }
  return { node, names: () => [...list], busy: () => busy > 0, attach(name) { list.push(name); draw(); } };
}

// named are the pages that the station's papers name already.
const named = ({ documents, dependants, identity, guardian, request }) => [...documents, ...dependants.map((d) => d.paper), ...identity?.papers ?? [], guardian?.paper, ...request?.papers ?? []]
  .flatMap((paper) => paper?.pages ?? []);

function thumb(name, index, drop) {
  const label = t('pages.page', { number: index + 1 });
  const small = still(`/api/image/${name}`, label, 'image');
  small.refresh(name);
  return el('figure', { class: 'thumb', 'data-test': `thumb-${name}` },
    el('button', { type: 'button', 'aria-label': t('pages.look', { page: label }), on: { click: () => look(name, label) } }, small.node),
    el('button', { type: 'button', class: 'off', 'aria-label': t('pages.drop', { page: label }), title: t('pages.drop', { page: label }), 'data-test': `drop-${name}`, on: { click: drop } }, icon('cross', 16)));
}

// look shows a page in full, to compare it with the original.
export function look(name, label) {
  const large = still(`/api/image/${name}`, label, 'image');
  large.node.classList.add('whole');
  large.refresh(name);
  const dialog = open(label, large.node, [el('button', { type: 'button', class: 'button primary', 'data-test': 'look-close', on: { click: () => dialog.close() } }, t('queue.close'))], true);
}

// loose lists the pages that no paper names, say after a power cut: each can be
// dropped, or given to a paper where there is one. owned are the names that papers
// of the page have, last gives the way to the last of them.
export function loose(station, purpose, owned, last) {
  const node = el('div');
  let mark = '';
  return {
    node,
    update() {
      if (!station.snapshot) return; // locked meanwhile
      const left = station.snapshot.pages.filter((p) => p.purpose === purpose && !owned().includes(p.name) && !named(station.snapshot).includes(p.name));
      const next = JSON.stringify([left.map((p) => p.name), Boolean(last())]);
      if (next === mark) return;
      mark = next;
      fill(node, left.length === 0 ? null : el('div', { class: 'loose', 'data-test': 'loose' }, el('b', {}, t('pages.loose')), left.map((p, i) => el('span', { class: 'row' },
        thumb(p.name, i, () => station.tell('page-remove', { name: p.name })),
        last() ? el('button', { type: 'button', class: 'button small', 'data-test': `give-${p.name}`, on: { click: () => last()?.attach(p.name) } }, t('pages.give')) : null))));
    },
  };
}
