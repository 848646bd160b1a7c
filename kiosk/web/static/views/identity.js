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

export function identity(station) {
  return station.snapshot.kind.card === 'none' ? foreign(station) : papers(station);
}

// filled is what the station knows by the papers, where the step is shown again.
const filled = ({ person: { fields } }, name) => fields.find((f) => f.name === name && f.source === 'paper')?.value ?? '';

// papers asks for the card first, and then for what replaces it.
function papers(station) {
  const { kind } = station.snapshot;
  const changed = () => station.redraw();
  const card = choices({ name: 'card', label: t('identity.card'), wide: 'tall', changed: turn,
    options: ['read', 'none', 'unreadable'].map((code) => ({ code, label: t(`identity.card-${code}`), note: t(`identity.card-${code}-note`) })) });
  const reason = entry({ name: 'unreadable-reason', label: t('identity.reason'), length: 400, wide: 'whole', good: (text) => text.length >= 5, changed });
  const form = fieldsForm(station, ['name', 'number', 'birth', 'sex', 'residence', 'old_number'], changed);
  const proof = proofs(station, { purpose: 'identity', types: kind.papers ?? [], changed });
  const rest = el('div', { class: 'identity-rest' });
  const sheet = el('section', { class: 'panel stack' }, el('h2', {}, icon('person'), t('identity.who')), reason.node, form.node);
  const shown = [sheet, el('section', { class: 'panel stack' }, el('h2', {}, icon('paper'), t('identity.papers')), proof.node)];
  const node = el('div', { class: 'stack grow identity' }, card.node, rest);
  function turn() {
    reason.node.classList.toggle('hidden', card.value() !== 'unreadable');
    fill(rest, card.value() === 'none' || card.value() === 'unreadable' ? shown : card.value() === 'read' ? simply() : null);
    changed();
  }
  const read = () => card.value() === 'read';
  const lacks = () => (!card.ok() ? 'card' : read() ? '' : card.value() === 'unreadable' && (reason.empty() || !reason.ok()) ? 'reason' : form.lacks() || proof.lacks());
  return {
    node,
    focus: () => card.focus(),
    update() {},
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
function foreign(station) {
  const { kind } = station.snapshot;
  const changed = () => station.redraw();
  const lines = passport(station, changed);
  const own = fieldsForm(station, ['number'], changed, []); // of somebody who has one
  const form = fieldsForm(station, ['residence'], changed, []);
  const proof = proofs(station, { purpose: 'identity', types: kind.papers, required: kind.papers.filter((p) => p !== 'passport'), changed });
  const node = el('div', { class: 'columns identity' },
    el('section', { class: 'panel stack' }, el('h2', {}, icon('globe'), t('identity.passport')), lines.node, own.node),
    el('section', { class: 'panel stack' }, el('h2', {}, icon('paper'), t('identity.stay')), proof.node, form.node));
  const lacks = () => (lines.ok() ? proof.lacks() || form.lacks() || own.lacks() : 'passport');
  return {
    node,
    focus: lines.focus,
    update() {},
    actions: () => ({
      next: { label: t('identity.confirm'), disabled: lacks() !== '', run: () => station.act('identity', { mrz: lines.value(), fields: { ...form.value(), ...own.value() }, papers: proof.value() }) },
      hint: hintOf(lacks()),
    }),
  };
}

// fieldsForm is the fields by name; those of must have to be there.
function fieldsForm(station, names, changed, must = needed) {
  const fields = Object.fromEntries(names.map((name) => [name, field(station, name, must.includes(name), changed)]));
  return {
    node: el('div', { class: 'entries' }, Object.values(fields).map((f) => f.node)),
    lacks: () => Object.keys(fields).find((name) => !fields[name].ok()) ?? '',
    value: () => Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, f.value()]).filter(([, value]) => value !== '')),
  };
}

function field(station, name, required, changed) {
  const label = t(`field.${name}`);
  const value = filled(station.snapshot, name);
  if (name === 'sex') {
    return choices({ name: 'identity-sex', label, value, changed, options: [['Nam', 'male'], ['Nữ', 'female']].map(([code, key]) => ({ code, label: t(`sex.${key}`) })) });
  }
  const made = (makers[name] ?? entry)({ name: `identity-${name}`, label, value: date(value), length: name === 'residence' ? 400 : undefined, wide: wide[name] ?? '', required, changed });
  return required ? { ...made, ok: () => !made.empty() && made.ok() } : made;
}
