// identity.js takes what stands for the card: whether there is one to read, and
// else who the citizen is by the papers; of a foreigner the passport's lines.
import { el, fill, icon } from '../dom.js';
import { known, t } from '../words.js';
import { choices, dateEntry, entry, nameEntry, numberEntry } from '../parts/entry.js';
import { passport } from '../parts/passport.js';
import { proofs } from '../parts/proofs.js';
import { date } from '../parts/facts.js';

const needed = ['name', 'number', 'birth', 'sex'];
const makers = { name: nameEntry, number: numberEntry, birth: (o) => dateEntry({ part: true, ...o }), issue: dateEntry, old_number: (o) => entry({ length: 12, mode: 'numeric', good: (v) => /^(\d{9}|\d{12})$/.test(v), ...o }) };
const wide = { name: 'half', number: 'half', residence: 'whole', origin: 'whole' };

// identity begins with what was typed and not sent, or with what the station has.
export function identity(station, draft) {
  const known = draft ?? station.snapshot.identity ?? {};
  return station.snapshot.kind.card === 'none' ? foreign(station, known) : papers(station, known);
}

// papers asks for the card first, and then for what replaces it.
function papers(station, known) {
  const { kind } = station.snapshot;
  const changed = () => station.redraw();
  const card = choices({ name: 'card', label: t('identity.card'), wide: 'tall', value: known.card, changed: turn,
    options: ['read', 'none', 'unreadable'].map((code) => ({ code, label: t(`identity.card-${code}`), note: t(`identity.card-${code}-note`) })) });
  const reason = entry({ name: 'unreadable-reason', label: t('identity.reason'), value: known.reason, length: 400, wide: 'whole', good: (text) => text.length >= 5, changed });
  const form = fieldsForm(['name', 'number', 'birth', 'sex', 'residence', 'old_number'], known.fields, changed);
  const proof = proofs(station, { purpose: 'identity', types: kind.papers ?? [], known: known.papers, changed });
  const rest = el('div', { class: 'identity-rest' });
  const sheet = el('section', { class: 'panel stack' }, el('h2', {}, icon('person'), t('identity.who')), reason.node, form.node);
  const shown = [sheet, el('section', { class: 'panel stack' }, el('h2', {}, icon('paper'), t('identity.papers')), proof.node)];
  const node = el('div', { class: 'stack grow identity' }, card.node, rest);
  function lay() {
    reason.node.classList.toggle('hidden', card.value() !== 'unreadable');
    fill(rest, card.value() === 'none' || card.value() === 'unreadable' ? shown : card.value() === 'read' ? simply() : null);
  }
  function turn() {
    lay();
    changed();
  }
  lay();
  const read = () => card.value() === 'read';
  const lacks = () => (!card.ok() ? 'card' : read() ? '' : card.value() === 'unreadable' && (reason.empty() || !reason.ok()) ? 'reason' : form.lacks() || proof.lacks());
  return {
    node,
    focus: () => card.focus(),
    draft: () => ({ card: card.value(), reason: reason.input.value, fields: form.draft(), papers: proof.draft() }),
    update: proof.update,
    actions: () => ({
      next: {
        label: read() ? t('next.card') : t('identity.confirm'), disabled: lacks() !== '',
        run: () => station.act('identity', read() ? { card: 'read' } : { card: card.value(), ...(card.value() === 'unreadable' ? { reason: reason.value() } : {}), fields: form.value(), papers: proof.value() }),
      },
      hint: hintOf(lacks()),
    }),
  };
}

const simply = () => el('section', { class: 'panel empty' }, icon('chip', 52), el('b', {}, t('identity.read')), el('span', {}, t('identity.read-text')));

const hintOf = (lack) => (lack === '' ? '' : known(`identity.lacks-${lack}`) ? t(`identity.lacks-${lack}`) : t(`proof.lacks-${lack}`));

// foreign takes the passport and the residence card.
function foreign(station, known) {
  const { kind } = station.snapshot;
  const { number, document_number: passports, residence } = known.fields ?? {};
  const changed = () => station.redraw();
  const lines = passport(station, known.mrz?.join('\n') ?? '', changed);
  const own = fieldsForm(['number'], number === passports ? {} : { number }, changed, []); // of somebody who has one
  const form = fieldsForm(['residence'], { residence }, changed, []);
  const proof = proofs(station, { purpose: 'identity', types: kind.papers, required: kind.papers.filter((p) => p !== 'passport'), known: known.papers, changed });
  const node = el('div', { class: 'columns identity' },
    el('section', { class: 'panel stack' }, el('h2', {}, icon('globe'), t('identity.passport')), lines.node, own.node),
    el('section', { class: 'panel stack' }, el('h2', {}, icon('paper'), t('identity.stay')), proof.node, form.node));
  const lacks = () => (lines.ok() ? proof.lacks() || form.lacks() || own.lacks() : 'passport');
  return {
    node,
    focus: lines.focus,
    draft: () => ({ mrz: [lines.draft()], fields: { ...form.draft(), ...own.draft() }, papers: proof.draft() }),
    update: proof.update,
    actions: () => ({
      next: { label: t('identity.confirm'), disabled: lacks() !== '', run: () => station.act('identity', { mrz: lines.value(), fields: { ...form.value(), ...own.value() }, papers: proof.value() }) },
      hint: hintOf(lacks()),
    }),
  };
}

// fieldsForm is the fields by name, with what is known of them; those of must have
// to be there.
function fieldsForm(names, known = {}, changed, must = needed) {
  const fields = Object.fromEntries(names.map((name) => [name, field(name, known[name] ?? '', must.includes(name), changed)]));
  return {
    node: el('div', { class: 'entries' }, Object.values(fields).map((f) => f.node)),
    lacks: () => Object.keys(fields).find((name) => !fields[name].ok()) ?? '',
    draft: () => Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, f.input?.value ?? f.value()])),
    value: () => Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, f.value()]).filter(([, value]) => value !== '')),
  };
}

function field(name, value, required, changed) {
  const label = t(`field.${name}`);
  if (name === 'sex') {
    return choices({ name: 'identity-sex', label, value, changed, options: [['Nam', 'male'], ['Nữ', 'female']].map(([code, key]) => ({ code, label: t(`sex.${key}`) })) });
  }
  const made = (makers[name] ?? entry)({ name: `identity-${name}`, label, value: date(value), length: name === 'residence' ? 400 : undefined, wide: wide[name] ?? '', required, changed });
  return required ? { ...made, ok: () => !made.empty() && made.ok() } : made;
}
