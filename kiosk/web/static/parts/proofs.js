// proofs.js takes the papers that say who somebody is, how two people are
// related, or what may be asked for: kind, number, expiry where it has one, the
// original in the officer's hands, and its pages.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { date } from './facts.js';
import { dateEntry, entry } from './entry.js';
import { loose, pages } from './pages.js';

const expiring = ['residence-card'];

// proof is one paper. types are those that the rules take here; known is what
// the station has of it, or what was typed.
export function proof(station, { purpose, types, known = {}, changed, drop = null }) {
  const rules = station.snapshot.rules.papers.filter((p) => types.includes(p.type));
  const one = rules.length === 1;
  const type = el('select', { 'data-test': `${purpose}-paper-type`, on: { change: () => { note(); changed(); } } },
    one ? null : el('option', { value: '' }, t('documents.choose')), rules.map((r) => el('option', { value: r.type }, pick(r.words))));
  type.value = one ? rules[0].type : known.type ?? '';
  const strip = pages(station, purpose, { names: known.pages, changed });
  const pictured = () => !rule().scan || strip.names().length > 0;
  const rule = () => rules.find((r) => r.type === type.value);
  const upper = (text) => text.toUpperCase();
  const number = entry({ name: `${purpose}-paper-number`, label: t('documents.number'), length: 40, value: known.number ?? '', changed, read: upper,
    good: (text) => rule() !== undefined && new RegExp(`^(?:${rule().pattern})$`).test(upper(text)) });
  const expiry = dateEntry({ name: `${purpose}-paper-expiry`, label: t('proof.expiry'), value: known.expiry ? date(known.expiry) : '', changed });
  const seen = el('input', { type: 'checkbox', 'data-test': `${purpose}-paper-seen`, on: { change: changed } });
  seen.checked = known.original_seen === true;
  const dated = () => expiring.includes(type.value);
  function note() {
    number.input.placeholder = rule() ? t('documents.example', { example: rule().example }) : '';
    expiry.node.classList.toggle('hidden', !dated());
  }
  note();
  // lacks says what is still open, for the hint.
  function lacks() {
    if (!rule()) return 'type';
    if (number.empty() || !number.ok()) return 'number';
    if (dated() && (expiry.empty() || !expiry.ok())) return 'expiry';
    if (!seen.checked) return 'original';
    return strip.busy() ? 'upload' : pictured() ? '' : 'scan';
  }
  return {
    ok: () => lacks() === '',
    lacks,
    value: () => ({ type: type.value, number: number.value(), ...(dated() ? { expiry: expiry.value() } : {}), original_seen: seen.checked, ...(strip.names().length > 0 ? { pages: strip.names() } : {}) }),
    draft: () => ({ type: type.value, number: number.input.value, expiry: expiry.input.value, original_seen: seen.checked, pages: strip.names() }),
    pages: strip.names,
    attach: strip.attach,
    focus: () => (one ? number.input : type).focus(),
    node: el('div', { class: 'proof-row', 'data-test': `${purpose}-paper` },
      el('label', { class: 'field kind-of' }, el('span', {}, t('documents.type')), type), number.node, expiry.node,
      el('label', { class: 'tick' }, seen, el('span', {}, t('documents.seen'))), strip.node,
      drop ? el('button', { type: 'button', class: 'button quiet', 'data-test': `${purpose}-paper-drop`, 'aria-label': t('documents.remove'), on: { click: drop } }, icon('cross', 20)) : null),
  };
}

// proofs is a list of papers of which at least one is needed; each of required
// has a row of its own. known are those that the station has, or the draft's.
export function proofs(station, { purpose, types, required = [], known = [], changed: told }) {
  const rows = [];
  const stray = loose(station, purpose, () => rows.flatMap((r) => r.pages()), () => rows.at(-1));
  const changed = () => { stray.update(); told(); };
  const list = el('div', { class: 'proof-list' });
  const add = el('button', { type: 'button', class: 'button small', 'data-test': `${purpose}-paper-add`, on: { click: () => { push(types, true).focus(); changed(); } } }, icon('paper', 20), t('proof.add'));
  function push(of, loose, one = {}) {
    const row = proof(station, { purpose, types: of, known: one, changed, drop: loose ? () => { rows.splice(rows.indexOf(row), 1); draw(); add.focus(); changed(); } : null });
    rows.push(row);
    draw();
    return row;
  }
  const draw = () => fill(list, rows.map((r) => r.node));
  if (required.length > 0) required.forEach((type) => push([type], false, known.find((k) => k.type === type)));
  else (known.length > 0 ? known : [{}]).forEach((one, i) => push(types, i > 0, one));
  return {
    ok: () => rows.every((r) => r.ok()),
    lacks: () => rows.map((r) => r.lacks()).find((l) => l !== '') ?? '',
    value: () => rows.map((r) => r.value()),
    draft: () => rows.map((r) => r.draft()),
    update: stray.update,
    node: el('div', { class: 'stack' }, list, stray.node, required.length === 0 ? el('div', {}, add) : null),
  };
}
