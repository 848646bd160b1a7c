// prints.js shows the fingers of one unit: the picture kept, the score of every
// try, what was weak, how it compares, and what stands instead of a finger.
import { el, fill, icon } from '../dom.js';
import { moment, pick, t } from '../words.js';
import { finish } from './exception.js';
import { fingerName } from './facts.js';
import { scores } from './scores.js';
import { start } from './start.js';
import { still } from './still.js';
import { clashesOf, fingerState, lacks, members, swaps } from './units.js';

// prints makes the row of fingers; update keeps it at the snapshot.
export function prints(station) {
  const row = el('div', { class: 'kept' });
  const said = el('div', { class: 'said' });
  const node = el('div', { class: 'taken' }, row, said);
  const pictures = new Map();
  let mark = '';
  const picture = (f, unit) => {
    const name = f.exception ? `exception-${f.finger}` : `print-${unit.rolled ? 'r' : ''}${f.finger}`;
    if (!pictures.has(name)) pictures.set(name, still(`/api/image/${name}`, fingerName(f), f.exception ? 'dash' : 'finger'));
    const it = pictures.get(name);
    it.node.classList.toggle('hand', Boolean(f.exception));
    it.refresh((f.exception ?? f).picture);
    return it.node;
  };
  return {
    node,
    update(snapshot, own, unit) {
      const next = JSON.stringify([unit.id, own, snapshot.prints.clashes]);
      if (next === mark) return;
      mark = next;
      row.classList.toggle('one', own.length === 1);
      fill(said, own.length > 1 ? causes(own.filter((f) => fingerState(snapshot, f) === 'weak'), true) : null);
      const paired = own.length > 1 && members(unit, snapshot).length === 1; // with one that looks alike: the banner says so
      fill(row, own.map((f) => figure(station, snapshot, f, picture(f, unit), unit, paired)));
    },
  };
}

function figure(station, snapshot, f, picture, unit, paired) {
  const state = fingerState(snapshot, f);
  return el('figure', { class: state, 'data-test': `finger-${f.finger}`, 'data-state': state }, picture,
    el('figcaption', {}, el('b', {}, fingerName(f)), (f.exception ? excepted(station, f, unit) : [...judged(snapshot, f, unit, paired), paired ? null : again(station, snapshot, f, unit)]).flat()));
}

// judged is what is said of a print.
function judged(snapshot, f, unit, paired) {
  const state = fingerState(snapshot, f);
  return [
    el('div', { class: 'marks' }, scores(f, unit.max_tries), badge(state)),
    paired ? null : clashesOf(snapshot, f).map((c) => line('clash', swaps(c) ? 'question' : 'alike', pick(c.words))),
    unit.finger === f.finger && state !== 'done' ? causes([f], false) : null,
    state === 'weak' && f.quality.score >= f.threshold ? line('weak', 'info', t('fingers.few-minutiae', { count: f.quality.minutiae })) : null,
    f.card ? line(f.card === 'same' ? 'good' : 'bad', f.card === 'same' ? 'check' : 'warning', t(f.card === 'same' ? 'fingers.card-same' : 'fingers.card-differs')) : null,
    f.quality ? el('small', { class: 'soft' }, [f.quality.algorithm, f.dpi ? `${f.dpi} dpi` : '', f.virtual ? t('fingers.virtual') : ''].filter(Boolean).join(' · ')) : null,
  ];
}

// alone lays one finger of a slap down by itself.
const alone = (station, f, label) => el('button', { type: 'button', class: 'button small', 'data-test': `again-${f.finger}`,
  on: { click: () => start(station, String(f.finger)) } }, icon('again', 18), label);

// again offers that where it is the finger that is wrong.
const again = (station, snapshot, f, unit) => (unit.finger !== f.finger && ['weak', 'clash', 'swapped'].includes(fingerState(snapshot, f)) ? alone(station, f, t('fingers.retake')) : null);

// excepted is what stands instead of a finger.
function excepted(station, f, unit) {
  const missing = lacks(f);
  return [
    badge(missing ? 'pending' : 'exception'),
    line('exception', 'info', pick(f.exception.reason)),
    f.exception.supervisor ? el('small', { class: 'soft' }, t('fingers.signed', { name: f.exception.supervisor, time: moment(f.exception.approved) })) : null,
    missing ? el('button', { type: 'button', class: 'button small', 'data-test': `finish-${f.finger}`, on: { click: () => finish(station, [f.finger]) } },
      icon(missing === 'photo' ? 'camera' : 'pen', 18), t(`fingers.lacks-${missing}`)) : null,
    unit.finger === f.finger ? null : alone(station, f, t('fingers.after-all')),
  ];
}

const badges = { pending: ['none', 'clock'], done: ['good', 'check'], weak: ['weak', 'warning'], clash: ['clash', 'alike'], swapped: ['clash', 'question'] };

function badge(state) {
  const [tone, sign] = badges[state] ?? ['none', 'dash'];
  return el('span', { class: `finger-badge ${tone}` }, icon(sign, 18), t(`finger-state.${state}`));
}

const line = (tone, sign, text) => el('p', { class: `line ${tone}` }, icon(sign, 18), el('span', {}, text));

// causes says what the last try of fingers lacked, once for all that lacked it,
// and with their names where that is wanted.
export function causes(fingers, named) {
  const found = new Map();
  for (const f of fingers) {
    for (const words of f.causes) found.set(pick(words), [...found.get(pick(words)) ?? [], fingerName(f)]);
  }
  return [...found].map(([text, names]) => line('weak', 'info', named ? `${names.join(', ')}: ${text}` : text));
}

// tile is one finger while the reader looks: its tries so far.
export function tile(f, unit) {
  return el('div', { class: 'tile', 'data-test': `tile-${f.finger}` },
    el('b', {}, fingerName(f)), f.exception ? line('exception', 'dash', pick(f.exception.reason)) : scores(f, unit.max_tries));
}
