// portrait.js takes the portrait: the live picture with one sentence of
// guidance at a time, and then both pictures side by side for the officer.
import { el, fill, icon } from '../dom.js';
import { decimal, pick, t } from '../words.js';
import { chipPhoto } from '../parts/chipphoto.js';
import { askReason, choose } from '../parts/dialogs.js';
import { faceOverlay } from '../parts/overlay.js';
import { failedList, measureList, warningLine } from '../parts/measures.js';
import { live, still } from '../parts/still.js';

const filming = new Set(['idle', 'starting', 'live']);

export function portrait(station) {
  const shoot = shootPage();
  const compare = comparePage(station);
  const node = el('div', { class: 'portrait' });
  let shown = null;
  return {
    node,
    leave: shoot.stop,
    update(snapshot) {
      const page = filming.has(snapshot.portrait.state) ? shoot : compare;
      if (page !== shown) {
        shown = page;
        fill(node, page.node);
        if (page === shoot) shoot.start(); else shoot.stop();
      }
      node.dataset.state = snapshot.portrait.state;
      page.update(snapshot);
    },
    actions: (snapshot) => actions(station, snapshot),
  };
}

// shootPage is the live picture, the oval that follows the face, and what is
// measured.
function shootPage() {
  const camera = live(t('portrait.preview'));
  const overlay = faceOverlay();
  const say = el('p', { class: 'say', 'aria-live': 'polite', 'data-test': 'guidance' });
  const tries = el('span', { class: 'chosen', 'data-test': 'tries' });
  const measures = el('ul', { class: 'measures' });
  const warnings = el('p', { class: 'warnings', 'data-test': 'warnings' });
  const advice = el('p', { class: 'soft small' }, t('portrait.note'));
  const box = el('div', { class: 'live' }, camera.canvas, overlay.node, say);
  const node = el('div', { class: 'shoot' }, box,
    el('aside', { class: 'panel stack' }, el('h2', {}, icon('camera'), t('portrait.measures'), tries), measures, warnings, advice));
  return {
    node,
    start: camera.start,
    stop: camera.stop,
    update({ portrait: p, rules }) {
      box.classList.toggle('ok', p.ok || p.progress > 0);
      const text = pick(p.challenge && !p.challenge.done ? p.challenge.message : null) || pick(p.guidance) || t(`portrait.${p.state}`);
      if (say.textContent !== text) say.textContent = text;
      const count = p.waits ? t('portrait.by-hand') : t('portrait.try', { number: Math.max(1, p.tries), of: rules.portrait_tries });
      if (tries.textContent !== count) tries.textContent = count;
      overlay.update(p);
      measureList(measures, p.measures.filter((m) => !m.advisory));
      warningLine(warnings, p.measures.filter((m) => m.advisory && !m.ok));
      advice.classList.toggle('hidden', p.measures.length > 1);
    },
  };
}

// comparePage shows the chip's photograph and the picture taken, of one size,
// and what is to be said of them.
function comparePage(station) {
  const chip = chipPhoto();
  const taken = still('/api/image/portrait', t('portrait.title'));
  const best = still('/api/image/portrait-try', t('portrait.title'));
  const origin = el('figcaption', {}, t('review.chip-face'));
  const caption = el('figcaption', {});
  const head = el('div', { class: 'match', 'data-test': 'match' });
  const failed = el('div', { class: 'stack tight', 'data-test': 'failed' });
  const choice = el('div', { class: 'choice' });
  const foot = el('p', { class: 'soft small', 'data-test': 'attack' });
  const node = el('div', { class: 'compare' },
    el('figure', {}, chip.node, origin),
    el('figure', {}, taken.node, best.node, caption),
    el('aside', { class: 'panel stack' }, head, choice, failed, foot));
  let mark = '';
  return {
    node,
    start() {},
    stop() {},
    update(snapshot) {
      const p = snapshot.portrait;
      chip.update(snapshot);
      const missed = p.state === 'missed' || p.state === 'used-up';
      taken.node.classList.toggle('hidden', missed);
      best.node.classList.toggle('hidden', !missed);
      (missed ? best : taken).refresh(`${snapshot.id}-${p.tries}-${p.state === 'used-up'}`);
      const next = JSON.stringify([p.state, p.failed, p.match, p.tries, p.left, p.reason]);
      if (next === mark) return;
      mark = next;
      fill(caption, t(missed ? 'portrait.best' : 'review.portrait'));
      fill(origin, t(p.match?.code === 'no-card-photo' ? 'portrait.on-papers' : 'review.chip-face'));
      fill(head, missed ? missedNote(p) : matchNote(p));
      fill(failed, failedList(p.failed), p.manual ? el('p', { class: 'soft small' }, t('portrait.manual-because', { reason: reasonOf(snapshot) })) : null);
      fill(choice, choices(station, p));
      fill(foot, missed ? '' : pick(p.attack));
    },
  };
}

const reasonOf = ({ portrait: p, rules }) => pick(rules.portrait_reasons.find((r) => r.code === p.reason)?.words);

const tones = { accept: 'good', review: 'unsure', alarm: 'bad' };
const signs = { accept: 'check', review: 'question', alarm: 'warning' };

function matchNote({ match: m, state }) {
  const tone = state === 'stopped' ? 'bad' : tones[m?.band] ?? 'none';
  const done = m?.state === 'done';
  const title = state === 'stopped' ? t('portrait.stopped') : t(`portrait.match-${done ? m.band : m?.state}`);
  return note(tone, signs[m?.band] ?? 'info', title, state === 'stopped' ? t('portrait.stopped-because', { reason: m.reason }) : pick(m?.words),
    done ? t('portrait.score', { score: decimal(m.score), accept: decimal(m.accept), review: decimal(m.review), model: m.model }) : '');
}

function missedNote(p) {
  return note('unsure', 'clock', t(`portrait.${p.state}`), t(p.state === 'missed' ? 'portrait.missed-next' : 'portrait.used-up-next', { left: p.left }), '');
}

function note(tone, sign, title, text, detail) {
  return el('div', { class: `note ${tone}`, 'data-tone': tone }, el('span', { class: 'sign' }, icon(sign, 24)),
    el('div', {}, el('b', {}, title), text ? el('span', {}, text) : null, detail ? el('small', {}, detail) : null));
}

// decided is what the person is compared with where the chip has no photograph.
const decided = { 'chip-photo': 'portrait.decide-print', 'no-chip-photo': 'portrait.decide-print', 'no-card-photo': 'portrait.decide-paper' };

// choices are the officer's two words where the comparison leaves it open.
function choices(station, p) {
  if (p.state !== 'taken' || !open(p)) return null;
  const same = p.match.band === 'alarm'
    ? () => askReason(t('portrait.same-title'), t('portrait.same-note'), (reason) => station.act('portrait-accept', { same: true, reason }))
    : () => station.act('portrait-accept', { same: true });
  return [el('p', {}, t(decided[p.match.code] ?? 'portrait.decide')),
    el('button', { type: 'button', class: 'button', 'data-test': 'same', on: { click: same } }, icon('check', 20), t('portrait.same')),
    el('button', { type: 'button', class: 'button', 'data-test': 'differs', on: { click: () => differs(station) } }, icon('cross', 20), t('portrait.differs'))];
}

// open reports whether the comparison is done, and settles nothing.
const open = ({ match: m }) => m?.state === 'not-done' || (m?.state === 'done' && m.band !== 'accept');

const differs = (station) => askReason(t('portrait.differs-title'), t('portrait.differs-note'),
  (reason) => station.act('portrait-differs', { reason }));

function actions(station, snapshot) {
  const { portrait: p, rules } = snapshot;
  const byHand = () => choose(t('portrait.manual-title'), rules.portrait_reasons, (reason) => station.act('portrait-manual', { reason }));
  const retake = { label: t('portrait.retake'), run: () => station.act('portrait-retake') };
  const again = { ...retake, name: 'retake', icon: 'again' };
  switch (p.state) {
    case 'idle':
      return { next: { label: t('portrait.start'), run: () => station.act('portrait-start') }, hint: t('portrait.hint') };
    case 'missed':
      return { next: { label: t('portrait.again'), run: () => station.act('portrait-start') }, hint: t('portrait.left', { left: p.left }) };
    case 'used-up':
      return { next: { label: t('portrait.manual'), run: byHand }, hint: t('portrait.hint-used-up') };
    case 'stopped':
      return { next: retake, hint: t('portrait.hint-stopped') };
    case 'taken':
      if (p.match?.band === 'alarm') return { next: retake, hint: t('portrait.hint-alarm') };
      if (open(p)) return { next: { label: t('portrait.accept'), hidden: true, disabled: true, run() {} }, others: [again], hint: t('portrait.hint-decide') };
      return { next: { label: t('portrait.accept'), disabled: p.match?.state !== 'done', run: () => station.act('portrait-accept') },
        others: [again], hint: p.match?.state === 'done' ? t('portrait.hint-accept') : pick(p.match?.words) };
    default:
      if (p.waits) return { next: { label: t('portrait.shoot'), disabled: p.state !== 'live', run: () => station.act('portrait-manual') }, hint: t('portrait.hint-shoot') };
      return { next: { label: t('portrait.auto'), disabled: true, run() {} }, hint: t('portrait.hint-auto'),
        others: p.state === 'live' ? [{ name: 'manual', icon: 'camera', label: t('portrait.manual'), run: byHand }] : [] };
  }
}
