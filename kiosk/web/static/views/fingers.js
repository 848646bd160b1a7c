// fingers.js leads through what the rules want laid on the reader, single
// fingers, slaps or rolled ones: the live picture while the reader looks, then
// the prints with their scores.
import { el, fill, icon } from '../dom.js';
import { both, lang, pick, t, translation } from '../words.js';
import { declare, finish } from '../parts/exception.js';
import { inside } from '../parts/facts.js';
import { hands } from '../parts/hand.js';
import { progress } from '../parts/progress.js';
import { causes, prints, tile } from '../parts/prints.js';
import { start } from '../parts/start.js';
import { scanned } from '../parts/still.js';
import { fingerState, handStates, holds, lacks, members, withAlike } from '../parts/units.js';

export function fingers(station) {
  const choose = (id) => { picked = id; station.redraw(); };
  const stage = stagePage(station);
  const drawing = hands();
  const list = unitList(station, choose);
  const taken = progress(t('fingers.list'), 'fingers');
  const notes = el('div', { class: 'notes' });
  const reader = el('p', { class: 'soft device-name', 'data-test': 'reader' });
  const node = el('div', { class: 'prints' }, stage.node,
    el('aside', { class: 'panel stack' }, drawing.node, taken.node, list.node, notes, reader));
  let picked = null; // the unit that the officer looks at
  let last = null; // the one that was on the reader
  let said = ''; // in the notes
  return {
    node,
    enter: true,
    leave: stage.stop,
    update(snapshot) {
      const { units } = snapshot.prints;
      const active = units.find((u) => u.state === 'active');
      if (active && active.id !== last) [last, picked] = [active.id, null];
      const now = active ?? next(units);
      const shown = units.find((u) => u.id === picked) ?? active ?? latest(units, last) ?? now;
      drawing.update(handStates(snapshot, now), now);
      list.update(snapshot, shown);
      taken.update(takenOf(snapshot));
      stage.update(snapshot, shown, now, shown?.id === picked);
      readerLine(reader, station, snapshot);
      const told = JSON.stringify(snapshot.prints.notes);
      if (told !== said) fill(notes, snapshot.prints.notes.map((n) => el('p', { class: 'line' }, icon('info', 18), el('span', {}, pick(n)))));
      said = told;
    },
    actions: (snapshot) => actions(station, snapshot),
  };
}

// takenOf is how many of the fingers that the rules want are settled.
function takenOf({ fingers: all }) {
  const wanted = all.filter((f) => f.required);
  const settled = wanted.filter((f) => f.state === 'done' || f.state === 'exception');
  const whole = settled.length === wanted.length;
  return { part: wanted.length > 0 ? settled.length / wanted.length : 0, state: whole ? 'done' : '', text: t('fingers.settled', { count: settled.length, of: wanted.length }) };
}

const next = (units) => units.find((u) => u.state === 'todo');

// latest is the unit that was on the reader, or the one that holds the finger
// which was laid down alone; where this page has not seen it, the last done.
const latest = (units, last) => units.find((u) => u.id === last) ?? units.find((u) => holds(u, Number(last))) ?? units.findLast((u) => u.state !== 'todo');

// stagePage is the large part: what the citizen does now, and below it the
// reader's picture, the hand to lay down, or the prints taken.
function stagePage(station) {
  const prompt = el('p', { class: 'prompt', 'aria-live': 'polite', 'data-test': 'prompt' }, el('b'), el('span'));
  const camera = scanned(t('fingers.preview'));
  const gone = el('div', { class: 'gone' }, icon('plug', 72), el('b', {}, t('fingers.no-reader')));
  const glass = el('div', { class: 'live platen' }, camera.canvas, gone);
  const tiles = el('div', { class: 'tiles' });
  const weak = el('div', { class: 'said' });
  const filming = el('div', { class: 'filming' }, glass, tiles, weak);
  const large = hands();
  const idle = el('div', { class: 'lay' }, large.node);
  const taken = prints(station);
  const body = el('div', { class: 'body' });
  let mode = '';
  let mark = '';
  const show = (to) => {
    if (to === mode) return;
    mode = to;
    camera.stop();
    camera.canvas.width = 0; // no picture of an earlier finger
    if (to === 'live') camera.start();
    fill(body, { live: filming, kept: taken.node, idle }[to]);
    body.dataset.mode = to;
  };
  return {
    node: el('section', { class: 'stage' }, prompt, body),
    stop: camera.stop,
    update(snapshot, unit, now, looked) {
      say(prompt, snapshot, now);
      if (!unit) return;
      const own = members(unit, snapshot);
      const kept = unit.state !== 'todo' || own.some((f) => f.quality || (looked && f.exception));
      show(unit.state === 'active' ? 'live' : kept ? 'kept' : 'idle');
      if (mode === 'idle') {
        large.look(unit.fingers);
        large.update(new Map(own.map((f) => [f.finger, unit.fingers.includes(f.finger) ? 'active' : fingerState(snapshot, f)])), unit);
      }
      if (mode === 'kept') taken.update(snapshot, withAlike(snapshot, own, unit), unit);
      if (mode !== 'live') return;
      gone.classList.toggle('hidden', snapshot.error?.code !== 'no-scanner');
      const marked = JSON.stringify([unit.id, unit.max_tries, own]);
      if (marked === mark) return;
      mark = marked;
      fill(tiles, own.some((f) => f.scores.length > 0 || f.exception) ? own.map((f) => tile(f, unit)) : null);
      fill(weak, causes(own.filter((f) => !f.exception), own.length > 1));
    },
  };
}

// say writes what the citizen does now, large in the page's language and small
// in the other. A fault of the reader goes before.
function say(prompt, { error, fingers }, now) {
  const [large, small] = prompt.children;
  small.lang = lang() === 'vi' ? 'en' : 'vi';
  const fault = now?.state === 'active' && error;
  const words = fault ? error.next : now?.prompt;
  let texts = both(fingers.some(lacks) ? 'fingers.hint-finish' : 'fingers.all-taken');
  if (words) texts = [pick(words), translation(words)];
  if (error?.code === 'no-scanner') texts = both('fingers.wait');
  prompt.classList.toggle('fault', Boolean(fault));
  prompt.classList.toggle('now', now?.state === 'active' && !fault);
  [large, small].forEach((node, i) => { if (node.textContent !== texts[i]) node.textContent = texts[i]; });
}

// unitList is what is laid on the reader, in order; a click shows its prints.
function unitList(station, choose) {
  const node = el('ol', { class: 'units', 'aria-label': t('fingers.list') });
  let mark = '';
  return {
    node,
    update(snapshot, shown) {
      const { units } = snapshot.prints;
      const marked = JSON.stringify([units, shown?.id, snapshot.fingers, snapshot.prints.rolled, snapshot.prints.clashes]);
      if (marked === mark) return;
      mark = marked;
      const focus = document.activeElement?.dataset.test;
      fill(node, units.map((u) => unitRow(station, snapshot, u, u === shown, choose)));
      if (focus && node.querySelector(`[data-test="${focus}"]`)) node.querySelector(`[data-test="${focus}"]`).focus();
      node.querySelector('[aria-current]')?.parentNode.scrollIntoView({ block: 'nearest' });
    },
  };
}

const marks = { done: 'check', weak: 'warning', exception: 'dash', pending: 'clock', clash: 'alike', swapped: 'question', active: 'finger' };

function unitRow(station, snapshot, unit, shown, choose) {
  const state = unitState(snapshot, unit);
  const retake = unit.state === 'done' || unit.state === 'exception'
    ? el('button', { type: 'button', class: 'button small', 'data-test': `retake-${unit.id}`, 'aria-label': `${t('fingers.retake')}: ${pick(unit.words)}`, title: t('fingers.retake'),
      on: { click: () => start(station, unit.id) } }, icon('again', 20)) : null;
  return el('li', { class: state, 'data-test': `unit-${unit.id}`, 'data-state': unit.state },
    el('button', { type: 'button', class: 'unit', 'data-test': `show-${unit.id}`, 'aria-current': shown ? 'true' : null, on: { click: () => choose(unit.id) } },
      el('span', { class: 'seal' }, marks[state] ? icon(marks[state], 18) : null),
      el('span', {}, el('b', {}, pick(unit.words)), el('small', {}, t(`unit-state.${state}`))),
      unit.tries > 0 ? el('span', { class: 'chosen number', title: t('fingers.tries') }, `${unit.tries}/${unit.max_tries}`) : null), retake);
}

// unitState is the gravest of its fingers' states where it is done.
function unitState(snapshot, unit) {
  if (unit.state === 'todo' || unit.state === 'active') return unit.state;
  const states = members(unit, snapshot).map((f) => fingerState(snapshot, f));
  return ['clash', 'swapped', 'weak', 'pending', 'exception'].find((s) => states.includes(s)) ?? 'done';
}

// readerLine names the reader, and says so where it is none.
function readerLine(line, station, snapshot) {
  const name = snapshot.prints.reader;
  const pretends = station.devices.find((d) => d.name === 'scanner')?.state === 'virtual' || snapshot.fingers.some((f) => f.virtual);
  const marked = `${name}|${pretends}`;
  if (line.dataset.mark === marked) return;
  line.dataset.mark = marked;
  fill(line, icon('finger', 18), el('span', {}, name || t('fingers.reader-closed')), pretends ? el('span', { class: 'chosen conflict' }, t('fingers.virtual')) : null);
}

// alone is the finger that is laid down by itself: it is meant by an exception.
const alone = (unit) => (unit?.fingers.length === 1 ? unit.fingers : []);

function actions(station, snapshot) {
  const { units } = snapshot.prints;
  const active = units.find((u) => u.state === 'active');
  const coming = next(units);
  const waiting = snapshot.fingers.filter(lacks);
  const signed = () => finish(station, waiting.map((f) => f.finger));
  const others = [{ name: 'exception', icon: 'dash', label: t('fingers.exception'), run: () => declare(station, alone(active ?? coming)) }];
  if (waiting.length > 0) others.push({ name: 'finish', icon: 'pen', label: t('fingers.finish'), run: signed });
  else if (!active) others.push({ name: 'portrait-retake', icon: 'camera', label: t('fingers.portrait'), run: () => station.act('portrait-retake') });
  if (active) return { next: { label: t('fingers.reading'), disabled: true, run() {} }, others, hint: t('fingers.hint') };
  if (coming) return { next: { label: t('fingers.take', { unit: inside(pick(coming.words)) }), run: () => start(station, coming.id) }, others, hint: t('fingers.hint') };
  if (waiting.length > 0) return { next: { label: t('fingers.finish'), run: signed }, others: others.filter((o) => o.name !== 'finish'), hint: t('fingers.hint-finish') };
  return { next: { label: t('next.documents'), disabled: true, run() {} }, others, hint: t(snapshot.prints.clashes.some((c) => !c.acknowledged) ? 'fingers.hint-clash' : 'fingers.comparing') };
}
