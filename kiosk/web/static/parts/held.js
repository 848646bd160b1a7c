// held.js is the part of the supervisor's desk with the applications that wait
// for a release. The supervisor's key opens one; what it holds is looked at, then
// decided on. The key's text stays in this page and goes when the page is left.
import * as api from '../api-desk.js';
import { el, fill, icon } from '../dom.js';
import { lang, pick, stamp, t } from '../words.js';
import { askDecision } from './decide.js';
import { openedView } from './opened.js';

const maxKey = 16 << 10; // bytes; a key's file has two or three lines

export function heldPart(station) {
  let all = null;
  let chosen = '';
  let key = null; // { name, text } of the supervisor's file
  let opened = null;
  let busy = false;
  let told = '';
  let mark = '';
  let gone = false;
  const rows = el('div', { class: 'rows', tabindex: '0', role: 'region', 'aria-label': t('desk.part-held') });
  const status = el('p', { class: 'told', role: 'status', 'data-test': 'held-told' });
  const file = el('input', { type: 'file', class: 'unseen', tabindex: '-1', 'aria-label': t('held.key-file'), 'data-test': 'held-key-file', on: { change: take } });
  const one = el('section', { class: 'panel stack one', tabindex: '0', role: 'region', 'aria-label': t('held.one'), 'data-test': 'held-one' });
  const node = el('div', { class: 'held-room' }, el('section', { class: 'panel stack' }, rows, status, file), one);

  const present = () => all?.find((h) => h.id === chosen);

  function say(words) {
    told = words;
    draw();
    station.redraw();
  }

  async function take() {
    const given = file.files[0];
    file.value = '';
    if (!given) return;
    key = given.size > maxKey ? { name: given.name, text: '' } : { name: given.name, text: await given.text() };
    opened = null;
    station.settled();
    say(t('held.key-taken', { name: key.name }));
  }

  async function open() {
    busy = true;
    station.redraw();
    try {
      const answer = await api.openHeld(chosen, key.text);
      if (gone) return; // nobody looks at it any more
      if (answer.id === chosen) [opened, told] = [answer, '']; // else another one was chosen meanwhile
      station.settled();
    } catch (error) {
      if (['no-identity', 'other-identity'].includes(error.code)) [key, told] = [null, ''];
      station.refuse(error);
    }
    busy = false;
    draw();
    station.redraw();
  }

  async function decide(decision) {
    await api.decideHeld({ identity: key.text, ...decision });
    if (gone) return;
    all = all.filter((h) => h.id !== decision.id);
    opened = null;
    chosen = all[0]?.id ?? '';
    say(t(decision.approve ? 'held.released' : 'held.turned-down'));
  }

  function choose(id) {
    if (id !== chosen) opened = null;
    chosen = id;
    told = '';
    draw();
    station.redraw();
  }

  function row(h) {
    return el('li', {}, el('button', { type: 'button', class: 'found', 'aria-pressed': String(h.id === chosen), 'data-test': `held-${h.id}`, on: { click: () => choose(h.id) } },
      el('b', {}, h.initials || h.masked), el('span', { class: 'code' }, h.id.slice(-8)),
      el('span', { class: 'why' }, h.review.length > 0 ? h.review.map((code) => t(`review.${code}`)).join(' · ') : t('held.why-unknown')), el('small', {}, stamp(h.enqueued))));
  }

  // closed says how an application is opened, at this page or at the command line.
  function closed(h) {
    return [el('h2', {}, icon('lock'), t('held.closed')), el('p', {}, t('held.closed-text')),
      el('ol', { class: 'todo' }, el('li', { class: key ? 'done' : '' }, t('held.step-key'), key ? el('b', {}, key.name) : null),
        el('li', {}, t('held.step-open')), el('li', {}, t('held.step-decide'))),
      el('details', { 'data-test': 'held-command' }, el('summary', {}, t('held.without')), el('p', { class: 'soft' }, t('held.command-text')),
        el('pre', { class: 'code', tabindex: '0', 'aria-label': t('held.command') }, ['', '--approve --reason seen', '--reject --reason retry'].map((end) => `tram queue review ${h.id} --identity ${t('held.file')} ${end}`.trim()).join('\n')))];
  }

  function draw() {
    const now = JSON.stringify([all, chosen, key?.name, opened?.id, told, lang()]);
    if (now === mark) return;
    mark = now;
    const focus = node.contains(document.activeElement) ? document.activeElement.dataset.test : '';
    const h = present();
    fill(rows, !all ? el('p', { class: 'soft' }, t('desk.busy')) : all.length === 0 ? el('div', { class: 'empty', 'data-test': 'held-empty' }, icon('check', 44), t('held.empty')) : el('ul', { class: 'stack tight' }, all.map(row)));
    fill(one, opened ? openedView(opened) : h ? closed(h) : el('div', { class: 'empty' }, icon('inbox', 44), t(all?.length > 0 ? 'held.choose' : 'held.nothing')));
    status.textContent = told;
    if (focus) node.querySelector(`[data-test="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }

  return {
    node,
    count: () => all?.length ?? 0,
    list(next) {
      all = next;
      if (!present()) [chosen, opened] = [all[0]?.id ?? '', null];
      draw();
    },
    update: draw,
    leave() {
      [key, opened, gone] = [null, null, true];
      fill(one);
    },
    next() {
      if (!present()) return { label: t('held.open'), disabled: true, run() {} };
      if (opened) return { label: t('held.decide'), disabled: busy || Boolean(opened.may), run: () => askDecision(station, opened, decide) };
      return key ? { label: t('held.open'), disabled: busy, run: open } : { label: t('held.choose-key'), run: () => file.click() };
    },
    others: () => (key && !opened ? [{ name: 'held-other-key', icon: 'key', label: t('held.other-key'), run: () => file.click() }] : []),
  };
}
