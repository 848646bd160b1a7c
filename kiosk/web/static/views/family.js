// family.js takes the citizen's family where a card is issued: what the card says
// stands there already, the rest is asked for. A line without a name is left out.
import { el, fill, icon } from '../dom.js';
import { known, pick, t } from '../words.js';
import { askReason } from '../parts/dialogs.js';

// columns are what is kept of a member, where the rules ask for it.
const columns = ['name', 'number', 'nationality'];
const forms = { name: /^[^0-9<>|]+$/, number: /^\d{12}$/, nationality: /^[A-Z]{1,3}$/ };
const plain = { name: (v) => v.replace(/\s+/g, ' '), number: (v) => v.replace(/[ .]/g, ''), nationality: (v) => v.toUpperCase() };

export function family(station, draft) {
  const { rules, family: listed } = station.snapshot;
  const rows = [];
  const body = el('tbody');
  const table = el('table', { class: 'family' }, el('thead', {}, el('tr', {}, ['relation', ...columns, 'source'].map((c) => el('th', { scope: 'col' }, t(`family.${c}`))), el('th', { scope: 'col' }, el('span', { class: 'unseen' }, t('family.more'))))), body);
  const node = el('section', { class: 'panel stack' }, table);
  const self = {
    changed: () => station.redraw(),
    again(rule, after) {
      const row = member(self, rule, {}, true);
      rows.splice(rows.indexOf(after) + 1, 0, row);
      draw();
      row.focus();
    },
    drop(row) {
      rows.splice(rows.indexOf(row), 1);
      draw();
    },
  };
  const draw = () => { fill(body, rows.map((r) => r.node)); station.redraw(); };
  const members = draft?.members ?? (listed?.members.length > 0 ? listed.members : listed?.on_card ?? []);
  for (const rule of rules.family) {
    const there = members.filter((m) => m.relation === rule.code);
    (there.length > 0 ? there : [{}]).forEach((m, i) => rows.push(member(self, rule, m, i > 0)));
  }
  fill(body, rows.map((r) => r.node));
  const bad = () => rows.find((r) => !r.ok());
  return {
    node,
    focus: () => rows[0]?.focus(),
    draft: () => ({ members: rows.map((r) => r.draft()) }),
    update() {},
    actions: () => ({
      next: { label: rows.every((r) => r.empty()) ? t('family.go-none') : t('family.confirm'), disabled: bad() !== undefined,
        run: () => station.act('family', { members: rows.filter((r) => !r.empty()).map((r) => r.value()) }) },
      hint: bad() ? t('family.lacks', { relation: bad().name }) : t('family.hint'),
    }),
  };
}

// member is one line; a reason stands in place of the name where there is none.
function member(list, rule, given, extra = false) {
  const inputs = Object.fromEntries(rule.fields.filter((f) => columns.includes(f.name)).map((f) => [f.name, el('input', { type: 'text', maxlength: f.name === 'nationality' ? '3' : '100', autocomplete: 'off',
    inputmode: f.name === 'number' ? 'numeric' : 'text', value: given[f.name] ?? '', 'aria-label': `${pick(rule.words)}: ${t(`family.${f.name}`)}`, 'data-test': `family-${rule.code}-${f.name}`,
    on: { input: () => { mark(); list.changed(); }, blur: mark } })]));
  let absent = given.absent ?? '';
  const read = (name) => plain[name]((inputs[name]?.value ?? '').trim());
  const good = (name) => read(name) === '' || forms[name].test(read(name));
  const empty = () => absent === '' && Object.keys(inputs).every((name) => read(name) === '');
  const source = el('span', { class: `chosen ${given.source === 'chip' ? 'chip' : 'print'} ${given.source && given.source !== 'officer' ? '' : 'hidden'}` }, given.source && known(`source.${given.source === 'qr' ? 'print' : given.source}`) ? t(`source.${given.source === 'qr' ? 'print' : given.source}`) : '');
  const said = el('td', { colspan: '3', class: 'absent' });
  const relation = el('th', { scope: 'row' }, pick(rule.words), rule.required ? ' *' : null);
  const row = el('tr', { 'data-test': `family-${rule.code}` });
  const quoted = () => Boolean(given.name && given.source) && given.source !== 'officer' && read('name') === given.name; // as it stands on the card
  function mark() {
    for (const [name, input] of Object.entries(inputs)) {
      if (!good(name) && document.activeElement !== input) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
    }
    source.classList.toggle('hidden', !quoted());
  }
  const ask = () => askReason(t('family.absent-title', { relation: pick(rule.words) }), t('family.absent-text'), (reason) => { absent = reason; draw(); list.changed(); });
  const small = (name, sign, label, run) => el('button', { type: 'button', class: 'button small quiet', 'data-test': `family-${rule.code}-${name}`, 'aria-label': `${pick(rule.words)}: ${label}`, title: label, on: { click: run } }, icon(sign, 20));
  function draw() {
    fill(said, t('family.absent', { reason: absent }));
    fill(row, relation, absent ? said : columns.map((name) => el('td', {}, inputs[name] ?? null)), el('td', {}, source), el('td', { class: 'row' },
      absent ? small('present', 'again', t('family.present'), () => { absent = ''; draw(); list.changed(); }) : small('none', 'dash', t('family.none'), ask),
      rule.many ? small('again', 'family', t('family.again'), () => list.again(rule, self)) : null,
      extra ? small('drop', 'cross', t('family.drop'), () => list.drop(self)) : null));
  }
  const self = {
    name: pick(rule.words), node: row, empty,
    draft: () => ({ relation: rule.code, absent, source: quoted() ? given.source : '', ...Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value])) }),
    focus: () => (inputs.name ?? row).focus(),
    ok: () => (empty() ? !rule.required : absent !== '' || rule.fields.filter((f) => inputs[f.name]).every((f) => good(f.name) && (!f.required || read(f.name) !== ''))),
    value: () => (absent ? { relation: rule.code, absent } : { relation: rule.code, ...Object.fromEntries(Object.keys(inputs).map((name) => [name, read(name)]).filter(([, v]) => v !== '')) }),
  };
  draw();
  mark();
  return self;
}
