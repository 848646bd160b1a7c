// guardian.js takes who stands beside the citizen: the guardian's own card is
// read, and a paper shows the relation. Where no card can be read the officer
// writes down why, and what the papers say. A guardian who was verified in an
// enrolment just before needs the relation alone.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { byHand, fromPicture, fromScanner, tabs } from '../parts/cardprint.js';
import { bareName, checkList, chipProgress, ofGuardian } from '../parts/checks.js';
import { choices, dateEntry, isoOf, nameEntry, numberEntry } from '../parts/entry.js';
import { date, factList } from '../parts/facts.js';
import { loose } from '../parts/pages.js';
import { proof } from '../parts/proofs.js';

const ways = [['scan', 'qr'], ['picture', 'image'], ['hand', 'keyboard']];
const shownFields = ['name', 'number', 'birth', 'sex', 'expiry', 'residence'];

export function guardian(station, draft) {
  const { kind, guardian: known } = station.snapshot;
  const rule = kind.guardian;
  const changed = () => { stray.update(); station.redraw(); };
  const relation = choices({ name: 'relation', label: t('guardian.relation'), value: draft?.relation ?? known.relation ?? '', changed,
    options: rule.relations.map((r) => ({ code: r.code, label: pick(r.words) })) });
  const paper = proof(station, { purpose: 'guardian', types: rule.papers, known: draft?.paper ?? known.paper ?? {}, changed });
  const stray = loose(station, 'guardian', paper.pages, () => paper);
  const theirs = theirCard(station, known, draft);
  const node = el('div', { class: 'columns guardian' },
    el('section', { class: 'panel stack' }, theirs.nodes),
    el('section', { class: 'panel stack' }, el('h2', {}, icon('family'), t('guardian.bond')), relation.node, el('h3', {}, t('guardian.paper')), paper.node, stray.node));

  const hint = (snapshot) => theirs.hint(snapshot) || (relation.ok() ? paper.lacks() && t(`proof.lacks-${paper.lacks()}`) : t('guardian.hint-relation')) || '';
  return {
    node,
    focus: () => (theirs.scans() ? theirs.focus() : relation.focus()),
    leave: theirs.leave,
    draft: () => ({ relation: relation.value(), paper: paper.draft(), ...theirs.draft() }),
    update(snapshot) {
      theirs.update(snapshot);
      stray.update();
    },
    actions: (snapshot) => ({
      next: theirs.scans() ? theirs.next() : {
        label: t('guardian.confirm'), disabled: !theirs.ok(snapshot) || !relation.ok() || !paper.ok(),
        run: () => station.act('guardian', { relation: relation.value(), paper: paper.value(), ...theirs.said() }),
      },
      hint: hint(snapshot),
      others: theirs.others(snapshot),
    }),
  };
}

// theirCard is the left half: the way to the guardian's card, what it says, or
// what the officer writes instead.
function theirCard(station, known, draft) {
  const body = el('div', { class: 'stack grow' });
  const title = el('span');
  const send = async (args) => {
    if (!await station.act('guardian-scan', args)) return;
    mode = 'card';
    show();
    station.redraw();
  };
  const pages = { scan: fromScanner(station, send), picture: fromPicture(station, send), hand: byHand(station, send) };
  const way = tabs(ways, pages, 'scan', () => station.redraw());
  const card = readCard();
  const typed = typedCard(station, draft?.typed ?? paperWords(known));
  let mode = draft?.mode ?? wayTo(known);
  const contents = { scan: () => way.nodes, card: () => card.node, carried: () => [carriedNote(), card.node], typed: () => typed.node };
  function show() {
    title.textContent = t(`guardian.${mode}`);
    fill(body, contents[mode]());
  }
  function turn(next) {
    if (mode === 'scan') way.page().leave?.();
    mode = next;
    show();
    if (next === 'scan') way.show();
    if (next === 'typed') typed.focus();
    station.redraw();
  }
  show();
  return {
    nodes: [el('h2', {}, icon('card'), title), body],
    scans: () => mode === 'scan',
    focus: () => way.show(),
    leave: () => way.page().leave?.(),
    draft: () => ({ mode, typed: typed.draft() }),
    next: () => ({ label: way.page().label?.() ?? t('card.go'), disabled: !way.page().ready(), run: () => way.page().send() }),
    update(snapshot) {
      card.update(snapshot);
      if (mode === 'card' && snapshot.guardian.chip.state === 'failed') turn('scan');
    },
    ok: ({ guardian: g }) => (mode === 'typed' ? typed.ok() : mode === 'carried' || g.chip.state === 'done'),
    said: () => (mode === 'typed' ? typed.value() : {}),
    hint: ({ guardian: g }) => (mode === 'scan' ? t('guardian.hint-scan') : mode === 'typed' ? (typed.ok() ? '' : t('guardian.hint-typed')) : mode === 'card' && g.chip.state !== 'done' ? t('card.hold') : ''),
    others: ({ guardian: g }) => (mode === 'carried' ? [] : [
      mode === 'scan' ? null : { name: 'guardian-other', icon: 'again', label: t('guardian.other'), run: () => turn('scan') },
      mode === 'typed' || g.chip.state === 'done' ? null : { name: 'guardian-without', icon: 'keyboard', label: t('guardian.without'), run: () => turn('typed') },
    ].filter(Boolean)),
  };
}

const carriedNote = () => el('p', { class: 'note good', 'data-test': 'carried' }, el('span', { class: 'sign' }, icon('check')),
  el('span', {}, el('b', {}, t('guardian.carried-note')), t('guardian.carried-text')));

// readCard shows the card as it is read.
function readCard() {
  const facts = el('div');
  const progress = chipProgress();
  const checks = el('div');
  let mark = '';
  return {
    node: el('div', { class: 'stack' }, facts, progress.node, checks),
    update({ guardian: g, checks: all }) {
      progress.update(g.chip);
      progress.node.classList.toggle('hidden', g.carried || g.chip.state === 'idle');
      const theirs = all.filter(ofGuardian).map((c) => ({ ...c, check: bareName(c) }));
      const next = JSON.stringify([g.fields, theirs]);
      if (next === mark) return;
      mark = next;
      fill(facts, factList(g.fields, shownFields));
      fill(checks, g.chip.state === 'done' && !g.carried ? checkList(theirs, true) : null);
    },
  };
}

// wayTo is how far the guardian's card is.
const wayTo = (known) => (known.carried ? 'carried' : known.reason ? 'typed' : ['waiting', 'reading', 'done'].includes(known.chip.state) ? 'card' : 'scan');

// paperWords are what the station has of a guardian without a chip.
function paperWords({ reason = '', fields }) {
  const value = (name) => fields.find((f) => f.name === name)?.value ?? '';
  return { reason, number: value('number'), name: value('name'), birth: date(value('birth')) };
}

const letters = 5; // of a reason, at the least; the rules of the station say more

// typedCard takes the guardian by the papers, with the reason.
function typedCard(station, given) {
  const changed = () => station.redraw();
  const reason = el('textarea', { rows: '2', maxlength: '400', 'data-test': 'guardian-reason', on: { input: changed } });
  reason.value = given.reason;
  const fields = {
    number: numberEntry({ name: 'guardian-number', label: t('field.number'), value: given.number, changed }),
    name: nameEntry({ name: 'guardian-name', label: t('field.name'), value: given.name, changed }),
    birth: dateEntry({ name: 'guardian-birth', label: t('field.birth'), value: given.birth, changed }),
  };
  const said = () => reason.value.trim();
  return {
    focus: () => reason.focus(),
    draft: () => ({ reason: reason.value, ...Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, f.input.value])) }),
    ok: () => said().length >= letters && Object.values(fields).every((f) => f.ok() && !f.empty()) && isoOf(fields.birth.plain()) !== '',
    value: () => ({ reason: said(), fields: Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, f.value()])) }),
    node: el('div', { class: 'stack' },
      el('label', { class: 'field' }, el('span', {}, t('guardian.reason')), reason, el('small', {}, t('reason.note'))),
      el('div', { class: 'entries' }, fields.name.node, fields.number.node, fields.birth.node)),
  };
}
