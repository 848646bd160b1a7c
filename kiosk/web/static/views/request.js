// request.js takes what somebody with an account asks for: papers to be added or
// withdrawn, a lock, or what an organisation wants forwarded.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { choices, entry, numberEntry } from '../parts/entry.js';
import { proofs } from '../parts/proofs.js';

const add = 'add';
const holder = 'holder';

export function request(station, draft) {
  const { kind, steps, request: taken } = station.snapshot;
  const known = draft ?? taken;
  const papers = steps.some((s) => s.name === 'documents') || kind.steps.includes('documents');
  const form = papers ? itemsForm(station, kind.request, known) : actionForm(station, kind, known);
  return {
    node: form.node,
    focus: form.focus,
    draft: form.draft,
    update() { form.update?.(); },
    actions: () => ({
      next: {
        label: t('request.confirm'), disabled: form.lacks() !== '',
        async run() {
          if (!await station.act('request', form.value())) return false;
          return station.snapshot.step === 'register' ? station.act('register-check') : true;
        },
      },
      hint: form.lacks() === '' ? '' : t(`request.lacks-${form.lacks()}`),
    }),
  };
}

// itemsForm lists the papers, each with what is to happen to it.
function itemsForm(station, rule, known) {
  const rules = station.snapshot.rules.documents;
  const rows = [];
  const list = el('div', { class: 'items' });
  const changed = () => station.redraw();
  const more = el('button', { type: 'button', class: 'button', 'data-test': 'item-add', on: { click: () => { push({}).focus(); changed(); } } }, icon('paper', 20), t('request.item-add'));
  const node = el('section', { class: 'panel stack' }, el('h2', {}, icon('paper'), t('request.items')), el('p', { class: 'soft' }, t('request.items-text')), list, el('div', {}, more));
  const draw = () => fill(list, rows.map((r) => r.node));

  function push({ action = '', type: kind = '', number: written = '' }) {
    const what = choices({ name: 'item-action', label: t('request.what'), value: action, changed: turn, options: rule.actions.map((a) => ({ code: a.code, label: pick(a.words) })) });
    const type = el('select', { 'data-test': 'item-type', on: { change: turn } }, el('option', { value: '' }, t('documents.choose')), rules.map((r) => el('option', { value: r.type }, pick(r.words))));
    type.value = kind;
    const upper = (text) => text.toUpperCase();
    const number = entry({ name: 'item-number', label: t('documents.number'), length: 40, value: written, changed, read: upper, required: false,
      good: (text) => ruleOf() !== undefined && new RegExp(`^(?:${ruleOf().pattern})$`).test(upper(text)) });
    const ruleOf = () => rules.find((r) => r.type === type.value);
    function turn() {
      note();
      changed();
    }
    const note = () => { number.input.placeholder = ruleOf() ? t('documents.example', { example: ruleOf().example }) : ''; };
    note();
    const drop = el('button', { type: 'button', class: 'button quiet', 'data-test': 'item-drop', 'aria-label': t('documents.remove'), on: { click: () => { rows.splice(rows.indexOf(row), 1); draw(); more.focus(); changed(); } } }, icon('cross', 20));
    const row = {
      focus: () => what.focus(),
      // A paper that is to be added has its number taken where it is shown.
      ok: () => what.ok() && ruleOf() !== undefined && number.ok() && (what.value() === add || !number.empty()),
      value: () => ({ action: what.value(), type: type.value, ...(number.empty() ? {} : { number: number.value() }) }),
      draft: () => ({ action: what.value(), type: type.value, number: number.input.value }),
      node: el('div', { class: 'item', 'data-test': 'item' }, what.node, el('label', { class: 'field' }, el('span', {}, t('documents.type')), type), number.node, drop),
    };
    rows.push(row);
    draw();
    return row;
  }
  (known?.items?.length ? known.items : [{}]).forEach(push);
  return {
    node,
    focus: () => rows[0]?.focus(),
    lacks: () => (rows.length > 0 && rows.every((r) => r.ok()) ? '' : 'items'),
    value: () => ({ items: rows.map((r) => r.value()) }),
    draft: () => ({ items: rows.map((r) => r.draft()) }),
  };
}

// actionForm takes one action, its reason, who asks, and the fields of the rules.
function actionForm(station, kind, known) {
  const { actions, reasons = [], fields = [] } = kind.request;
  const changed = () => station.redraw();
  const coded = (list) => list.map((x) => ({ code: x.code, label: pick(x.words) }));
  const action = choices({ name: 'action', label: t('request.action'), value: known?.action ?? (actions.length === 1 ? actions[0].code : ''), changed, options: coded(actions) });
  const reason = reasons.length > 0 ? choices({ name: 'reason-code', label: t('request.reason'), value: known?.reason ?? '', changed, options: coded(reasons), wide: 'pairwise' }) : null;
  const who = kind.code === 'lock' ? requester(station, known, changed) : null;
  const entries = fields.map((f) => [f, entry({ name: `request-${f.name}`, label: pick(f.words), length: 400, value: known?.fields?.[f.name] ?? '', required: f.required === true, changed, wide: f.format ? '' : 'whole' })]);
  const typed = el('div', { class: 'entries' }, entries.map(([, e]) => e.node));
  const first = el('section', { class: 'panel stack' }, el('h2', {}, icon(kind.code === 'lock' ? 'lock' : 'house'), pick(kind.words)), action.node, reason?.node, who ? who.by : typed);
  const node = who ? el('div', { class: 'columns request' }, first, el('section', { class: 'panel stack' }, el('h2', {}, icon('pen'), t('request.rest')), typed, who.other)) : first;
  const open = () => entries.some(([f, e]) => !e.ok() || (f.required && e.empty()));
  return {
    node,
    focus: () => (actions.length === 1 && entries.length > 0 ? entries[0][1].input.focus() : action.focus()),
    lacks: () => (!action.ok() ? 'action' : reason && !reason.ok() ? 'reason' : who?.lacks() || (open() ? 'fields' : '')),
    value: () => ({ action: action.value(), ...(reason ? { reason: reason.value() } : {}), ...(who ? who.value() : {}),
      fields: Object.fromEntries(entries.filter(([, e]) => !e.empty()).map(([f, e]) => [f.name, e.value()])) }),
    draft: () => ({ action: action.value(), reason: reason?.value(), ...who?.draft(), fields: Object.fromEntries(entries.map(([f, e]) => [f.name, e.input.value])) }),
    update: who?.update,
  };
}

// requester says who asks for a lock: the holder, or somebody with a paper that
// shows the right to ask.
function requester(station, known, changed) {
  const by = choices({ name: 'by', label: t('request.by'), value: known?.by ?? holder, changed: turn,
    options: [holder, 'guardian', 'representative'].map((code) => ({ code, label: t(`request.by-${code}`) })) });
  const account = numberEntry({ name: 'account', label: t('request.account'), value: known?.account ?? '', changed });
  const proof = proofs(station, { purpose: 'request', types: station.snapshot.rules.papers.map((p) => p.type), known: known?.papers, changed });
  const other = el('div', { class: 'stack' }, account.node, proof.node);
  const own = () => by.value() === holder;
  function turn() {
    other.classList.toggle('hidden', own());
    changed();
  }
  other.classList.toggle('hidden', own());
  return {
    by: by.node,
    other,
    lacks: () => (own() ? '' : account.empty() || !account.ok() ? 'account' : proof.ok() ? '' : 'proof'),
    draft: () => ({ by: by.value(), account: account.input.value, papers: proof.draft() }),
    update: proof.update,
    value: () => (own() ? { by: holder } : { by: by.value(), account: account.value(), papers: proof.value() }),
  };
}
