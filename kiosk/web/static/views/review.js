// review.js is the last look before the officer signs and the application is
// sealed; after that nobody at the station can read it.
import { el, fill, icon } from '../dom.js';
import { moment, pick, t } from '../words.js';
import { checkList } from '../parts/checks.js';
import { chipPhoto } from '../parts/chipphoto.js';
import { factList, fingerName, pairs } from '../parts/facts.js';
import { still } from '../parts/still.js';

export function review(station) {
  const { fingers, prints, documents, consent, rules, person, portrait } = station.snapshot;
  const chip = chipPhoto();
  const pictures = [
    [still('/api/image/portrait', t('portrait.title')), t('review.portrait'), ''],
    ...fingers.filter((f) => f.state === 'done').map((f) => [still(`/api/image/print-${f.finger}`, fingerName(f), 'finger'), fingerName(f), 'print']),
    ...fingers.filter((f) => f.exception?.photo).map((f) => [still(`/api/image/exception-${f.finger}`, t('exception.photo'), 'dash'), fingerName(f), 'hand']),
  ];
  for (const [picture, , kind] of pictures) {
    if (kind) picture.node.classList.add(kind);
    picture.refresh('once');
  }
  const sure = el('input', { type: 'checkbox', 'data-test': 'sure', on: { change: () => station.redraw() } });
  const checks = el('div');
  const facts = el('div');
  const more = [[t('person.phone'), person.phone], [t('person.email'), person.email], [t('review.match'), compared(portrait.match)],
    ...fingers.filter((f) => f.exception).map((f) => [fingerName(f), excepted(f.exception)]),
    ...prints.clashes.map((c) => [t('step.fingers'), `${pick(c.words)} – ${t(c.acknowledged ? 'review.acknowledged' : 'review.open-clash')}`]),
    ...documents.map((d, i) => [pick(rules.documents.find((r) => r.type === d.type)?.words), `${d.number} – ${t(consent?.documents[i] ? 'review.agreed' : 'review.not-agreed')}`])];
  const node = el('div', { class: 'review' },
    el('section', { class: 'panel stack' }, facts, pairs(more)),
    el('section', { class: 'stack' },
      el('div', { class: 'panel stack' }, el('div', { class: pictures.length > 3 ? 'gallery many' : 'gallery' }, el('figure', {}, chip.node, el('figcaption', {}, t('review.chip-face'))), pictures.map(([picture, label]) => el('figure', {}, picture.node, el('figcaption', {}, label)))), checks),
      el('label', { class: 'tick' }, sure, el('span', {}, el('b', {}, t('review.sure')), t('review.sure-text')))));
  let mark = '';
  return {
    node,
    update(snapshot) {
      chip.update(snapshot);
      const next = JSON.stringify([snapshot.checks, snapshot.person.fields]);
      if (next === mark) return;
      mark = next;
      fill(facts, factList(snapshot.person.fields, ['name', 'number', 'birth', 'sex', 'residence', 'issue', 'expiry']));
      fill(checks, checkList(snapshot.checks, true));
    },
    actions(snapshot) {
      const open = snapshot.issues.some((i) => !i.acknowledged);
      const reading = snapshot.chip.state !== 'done';
      if (snapshot.step === 'seal') return { next: { label: t('review.seal'), run: () => station.act('seal') }, hint: t('review.seal-hint') };
      return {
        next: { label: t('review.sign'), disabled: !sure.checked || open || reading, run: async () => { if (await station.act('sign')) await station.act('seal'); } },
        hint: open ? t('review.open') : reading ? t('card.hold') : t('review.hint'),
      };
    },
  };
}

// excepted says why a finger is not there, and who approved it.
const excepted = (e) => [pick(e.reason), e.supervisor ? t('fingers.signed', { name: e.supervisor, time: moment(e.at) }) : ''].filter(Boolean).join('; ');

// compared says what the two pictures were found to be, and what the officer
// said where that was asked for.
function compared(m) {
  if (!m || m.band === 'accept') return '';
  return [t(`portrait.match-${m.state === 'done' ? m.band : m.state}`), t('review.by-eye'), m.reason].filter(Boolean).join('; ');
}
