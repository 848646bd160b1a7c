// review.js is the last look before the officer signs and the application is
// sealed; after that nobody at the station can read it. What the central system
// would turn down, and what a supervisor has to see, stands first.
import { el, fill, icon } from '../dom.js';
import { moment, pick, t } from '../words.js';
import { checkList } from '../parts/checks.js';
import { chipPhoto } from '../parts/chipphoto.js';
import { factList, fingerName, pairs } from '../parts/facts.js';
import { findingList, findings } from '../parts/findings.js';
import { kindRows } from '../parts/kindrows.js';
import { needList } from '../parts/needs.js';
import { look } from '../parts/pages.js';
import { formAction } from '../parts/print/form.js';
import { still } from '../parts/still.js';
import { withdraw } from './consent.js';

const shownFacts = ['name', 'number', 'birth', 'sex', 'residence', 'issue', 'expiry'];

export function review(station) {
  const { fingers, steps } = station.snapshot;
  const taken = (step) => steps.some((s) => s.name === step); // a correction takes some only
  const chip = chipPhoto();
  const face = still('/api/image/portrait', t('portrait.title'));
  if (taken('portrait')) face.refresh('once');
  const there = fingers.filter((f) => f.state === 'done' || f.exception);
  const many = there.length > 2; // then they have rows of their own, a hand each
  const pictures = there.map(fingerPicture);
  const sure = el('input', { type: 'checkbox', 'data-test': 'sure', on: { change: () => station.redraw() } });
  const own = el('label', { class: 'tick' }, sure, el('span', {}, el('b', {}, t('review.sure')), t('review.sure-text')));
  const first = el('div', { class: 'first', 'aria-live': 'polite' });
  const checks = el('div');
  const facts = el('div');
  const more = el('div', { class: many ? 'dense' : '' });
  const node = el('div', { class: 'review' }, first,
    el('section', { class: 'panel stack' }, facts, more, many ? handRows(pictures) : null),
    el('section', { class: 'stack' },
      el('div', { class: 'panel stack' },
        el('div', { class: 'gallery' }, figure(chip.node, t('review.chip-face')), taken('portrait') ? figure(face.node, t('review.portrait')) : null, many ? null : pictures.map((p) => figure(p.node, fingerName(p.finger)))), checks), own));
  let mark = '';
  return {
    node,
    update(snapshot) {
      chip.update(snapshot);
      for (const p of pictures) p.update(snapshot.fingers.find((f) => f.finger === p.finger.finger));
      const s = snapshot;
      const next = JSON.stringify([s.checks, s.person, s.issues, s.fingers, s.consent, s.documents, s.dependants, s.exceptions.map((n) => [n.id, n.state, n.by])]);
      if (next === mark) return;
      mark = next;
      fill(first, findingList(station, snapshot), needList(station, snapshot));
      first.classList.toggle('hidden', first.children.length === 0);
      own.classList.toggle('hidden', findings(snapshot).length > 0); // there is nothing to sign yet
      fill(facts, factList(snapshot.person.fields, shownFacts));
      fill(more, pairs(rest(station, snapshot)));
      fill(checks, checkList(snapshot.checks, true));
    },
    actions: (snapshot) => actions(station, snapshot, sure.checked),
  };
}

function actions(station, snapshot, sure) {
  if (snapshot.step === 'seal') return { next: { label: t('review.seal'), run: () => station.act('seal') }, hint: t('review.seal-hint'), others: formAction(station) };
  const open = snapshot.issues.some((i) => !i.acknowledged);
  const reading = snapshot.chip.state !== 'done' && snapshot.chip.state !== 'idle';
  const refused = snapshot.exceptions.some((n) => n.state === 'refused');
  const waits = snapshot.exceptions.some((n) => n.state === 'open' || n.state === 'asked');
  const asking = snapshot.register.state === 'asking';
  const why = findings(snapshot).length > 0 ? 'findings.hint' : open ? 'review.open' : reading ? 'card.hold' : refused ? 'review.refused' : waits ? 'review.waits' : asking ? 'review.asking' : '';
  return {
    next: { label: t('review.sign'), disabled: !sure || why !== '', run: async () => { if (await station.act('sign')) await station.act('seal'); } },
    hint: why ? t(why) : t('review.hint'),
    others: formAction(station),
  };
}

const figure = (picture, label) => el('figure', {}, picture, el('figcaption', {}, label));

// fingerPicture is a print, or the hand of a finger that is not there.
function fingerPicture(finger) {
  const picture = still(`/api/image/${finger.exception ? 'exception' : 'print'}-${finger.finger}`, fingerName(finger), finger.exception ? 'dash' : 'finger');
  picture.node.classList.add(finger.exception ? 'hand' : 'print');
  return { finger, node: picture.node, update: (f) => picture.refresh((finger.exception ? f?.exception : f)?.picture ?? '') };
}

// handRows are the fingers of each hand, from the thumb on.
const handRows = (pictures) => el('div', { class: 'hand-rows' }, [['fingers.right', 1], ['fingers.left', 6]].map(([name, first]) => el('section', {}, el('h3', {}, t(name)),
  el('div', { class: 'gallery five' }, pictures.filter(({ finger: f }) => f.finger >= first && f.finger < first + 5).sort((a, b) => a.finger.finger - b.finger.finger)
    .map((p) => figure(p.node, t(`finger-short.${p.finger.finger - first}`)))))));

// rest is what is neither on the card nor a picture, with the way to put it right.
function rest(station, snapshot) {
  const { person, portrait, fingers, issues, dependants, steps, step } = snapshot;
  const mend = (name) => (step === 'sign' && steps.some((s) => s.name === name) ? el('button', { type: 'button', class: 'correct', 'data-test': `again-${name}`, 'aria-label': t('review.mend', { section: t(`step.${name}`) }), on: { click: () => station.again(name) } }, t('person.correct')) : null);
  return [...kindRows(snapshot, mend), [t('person.phone'), person.phone && [person.phone, mend('person')]], [t('person.email'), person.email], [t('review.match'), compared(portrait.match)],
    ...fingers.filter((f) => f.exception).map((f) => [fingerName(f), excepted(f.exception)]),
    ...issues.filter((i) => i.code.startsWith('finger-')).map((i) => [t('step.fingers'), `${pick(i.words)} – ${t(i.acknowledged ? 'review.acknowledged' : 'review.open-issue')}`]),
    ...papers(station, snapshot, mend('documents')), [t('dependants.title'), dependants.length > 0 && dependants.map((d) => d.name).join(', ')],
    [t('review.registration'), agreement(station, snapshot, mend('consent'))]];
}

// papers lists the documents with the citizen's word on each.
const papers = (station, { documents, consent, rules, step }, mend) => (documents.length === 0 ? [[t('step.documents'), mend && [t('review.no-papers'), mend]]] : documents.map((d, i) => {
  const yes = consent?.documents[i];
  return [pick(rules.documents.find((r) => r.type === d.type)?.words), [
    `${d.number} – ${t(yes ? 'review.agreed' : 'review.not-agreed')}`,
    ...(d.pages ?? []).map((name, n) => el('button', { type: 'button', class: 'correct', 'data-test': `look-${name}`, on: { click: () => look(name, t('pages.page', { number: n + 1 })) } }, t('pages.page', { number: n + 1 }))),
    yes && step === 'sign' ? el('button', { type: 'button', class: 'correct', 'data-test': `withdraw-${i}`, on: { click: () => withdraw(station, d.number, { what: 'document', index: i }) } }, t('consent.withdraw')) : null, i === 0 ? mend : null]];
}));

// agreement is the consent to the registration and where it was signed.
function agreement(station, { consent }, mend) {
  if (!consent) return '';
  return [[t(consent.registration ? 'review.agreed' : 'review.not-agreed'), consent.signed ? t(`signing.was-${consent.signed}`) : ''].filter(Boolean).join('; '), mend];
}

// excepted says why a finger is not there, and who approved it.
const excepted = (e) => [pick(e.reason), e.supervisor ? t('fingers.signed', { name: e.supervisor, time: moment(e.approved) }) : ''].filter(Boolean).join('; ');

// compared says what the two pictures were found to be, and what the officer
// said where that was asked for.
function compared(m) {
  if (!m || m.band === 'accept') return '';
  return [t(`portrait.match-${m.state === 'done' ? m.band : m.state}`), t('review.by-eye'), m.reason].filter(Boolean).join('; ');
}
