// morning.js walks through the devices before the first citizen comes: a card
// answers, the camera films, a finger is taken, the printer prints. Nothing of
// it is kept.
import * as staff from '../api-staff.js';
import { Problem } from '../api.js';
import { el, fill, icon } from '../dom.js';
import { pick, seconds, t } from '../words.js';
import { tryHere } from './trycamera.js';
import { printTrial } from './print/trial.js';

const parts = [['reader', 'card'], ['camera', 'camera'], ['scanner', 'finger'], ['printer', 'printer']];
const signs = { todo: 'dash', now: 'clock', ok: 'check', failed: 'warning', skipped: 'dash' };

// morning makes the check. changed is called when the actions of the page are
// others.
export function morning(station, changed) {
  const state = Object.fromEntries(parts.map(([name]) => [name, { level: 'todo' }]));
  let begun = 0;
  let ended = 0;
  let turn = 0; // of the walk that may go on
  let asking = null; // ends the try that is under way
  const rows = el('ol', { class: 'morning' });
  const prompt = el('div', { class: 'ask-now', 'aria-live': 'assertive', 'data-test': 'morning-prompt' });
  const time = el('span', { class: 'number soft', 'data-test': 'morning-time' });
  const node = el('section', { class: 'panel stack' }, el('h2', {}, icon('clock'), t('morning.title'), time), prompt, rows);
  const running = () => turn % 2 === 1;
  const failed = () => parts.map(([name]) => name).filter((name) => state[name].level === 'failed');
  const bad = () => failed().length;
  draw();

  async function walk(names) {
    const mine = ++turn;
    [begun, ended] = [performance.now(), 0];
    for (const name of names) state[name] = { level: 'todo' };
    for (const name of names) {
      set(name, { level: 'now' });
      const result = await attempt(name);
      if (mine !== turn) return;
      set(name, result);
    }
    turn++;
    ended = performance.now();
    draw();
    changed();
  }

  async function attempt(name) {
    if (name === 'printer') return printed();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const result = await staff.check(name, signal);
      if (result.outcome === 'page') return await tryHere(prompt, signal);
      return { level: result.outcome, words: pick(result.words), next: pick(result.next), picture: result.picture };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (signal.aborted) return null; // nobody looks any more
      station.refuse(error);
      return { level: 'failed', words: pick(error.words), next: pick(error.next) };
    }
  }

  // printed prints a sheet and asks how it came out: only eyes can tell.
  function printed() {
    printTrial();
    return new Promise((done) => {
      const answer = (name, level) => el('button', { type: 'button', class: 'button small', 'data-test': `printer-${name}`,
        on: { click: () => done(level === 'ok' ? { level, words: t('morning.printed') } : { level, words: t('morning.not-printed'), next: t('morning.not-printed-next') }) } },
      icon(signs[level], 20), t(`morning.printer-${name}`));
      const good = answer('good', 'ok');
      fill(prompt, el('b', {}, t('morning.printer-ask')), el('div', { class: 'row' }, good, answer('bad', 'failed')));
      good.focus();
    });
  }

  function set(name, result) {
    state[name] = result;
    draw();
    changed();
  }

  function draw() {
    fill(rows, parts.map(([name, sign]) => row(name, sign, state[name])));
    const now = parts.find(([name]) => state[name].level === 'now');
    if (now && now[0] !== 'printer') fill(prompt, el('b', {}, icon(now[1], 30), t(`morning.do-${now[0]}`)));
    else if (!now) fill(prompt, el('b', {}, ...verdict()));
    time.textContent = ended ? seconds((ended - begun) / 1000) : '';
    node.dataset.state = now ? 'running' : !ended ? 'todo' : bad() === 0 ? 'good' : 'bad';
  }

  function verdict() {
    if (!ended) return [t('morning.lead')];
    return bad() === 0 ? [icon('check', 30), t('morning.all-good')] : [icon('warning', 30), t('morning.some-bad', { count: bad() })];
  }

  return {
    node,
    running,
    failed,
    all: () => walk(parts.map(([name]) => name)),
    again: (names) => walk(names),
    // stop gives the device back at once: the first citizen may be there.
    stop() {
      if (!running()) return;
      turn++;
      asking?.abort();
    },
  };
}

function row(name, sign, { level, words, next, picture }) {
  const shown = el('li', { class: level, 'data-test': `morning-${name}`, 'data-level': level }, el('span', { class: 'mark' }, icon(signs[level], 20)),
    el('div', {}, el('b', {}, t(`morning.${name}`)), el('span', { class: 'unseen' }, t(`morning-level.${level}`)),
      words ? el('span', {}, words) : null, next ? el('small', {}, icon('next', 16), next) : null), el('span', { class: 'thumb' }, icon(sign, 24)));
  if (picture) void paint(shown.querySelector('.thumb'), picture);
  return shown;
}

// paint shows what the camera sees. The picture has no address of its own.
async function paint(into, base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' })).catch(() => null);
  if (!picture) return;
  const canvas = el('canvas', { width: picture.width, height: picture.height, role: 'img', 'aria-label': t('morning.sees'), 'data-test': 'morning-picture' });
  canvas.getContext('2d').drawImage(picture, 0, 0);
  picture.close();
  fill(into, canvas);
}
