// documents.js lists the papers that the citizen wants in the account; each
// needs its number and the original in the officer's hands.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';

export function documents(station) {
  const list = el('div', { class: 'papers' });
  const rows = [];
  const add = el('button', { type: 'button', class: 'button', 'data-test': 'add-document', on: { click: () => { rows.push(row()); draw(); } } }, icon('paper', 20), t('documents.add'));
  const node = el('section', { class: 'panel stack' }, el('h2', {}, icon('paper'), t('documents.list')), list, el('div', {}, add));

  function row(document = { type: '', number: '', original_seen: false }) {
    const rules = station.snapshot.rules.documents;
    const changed = () => { note(); station.redraw(); };
    const type = el('select', { 'aria-label': t('documents.type'), 'data-test': 'document-type', on: { change: changed } },
      el('option', { value: '' }, t('documents.choose')), rules.map((r) => el('option', { value: r.type }, pick(r.words))));
    const number = el('input', { type: 'text', 'aria-label': t('documents.number'), 'data-test': 'document-number', maxlength: '40', value: document.number, on: { input: changed } });
    const seen = el('input', { type: 'checkbox', 'data-test': 'document-seen', on: { change: changed } });
    type.value = document.type;
    seen.checked = document.original_seen;
    const rule = () => rules.find((r) => r.type === type.value);
    const good = () => rule() !== undefined && new RegExp(`^(?:${rule().pattern})$`).test(number.value.trim());
    const note = () => {
      number.placeholder = rule() ? t('documents.example', { example: rule().example }) : t('documents.number');
      number.setAttribute('aria-invalid', String(number.value.trim() !== '' && !good()));
    };
    const self = {
      valid: () => good() && seen.checked,
      value: () => ({ type: type.value, number: number.value.trim(), original_seen: seen.checked }),
      node: el('div', { class: 'paper' }, type, number, el('label', { class: 'tick' }, seen, t('documents.seen')),
        el('button', { type: 'button', class: 'button quiet', 'aria-label': t('documents.remove'), on: { click: () => { rows.splice(rows.indexOf(self), 1); draw(); } } }, icon('cross', 20))),
    };
    note();
    return self;
  }
  function draw() {
    fill(list, rows.length > 0 ? rows.map((r) => r.node) : el('div', { class: 'empty' }, icon('paper', 48), el('b', {}, t('documents.none')), el('span', {}, t('documents.none-text'))));
    station.redraw();
  }
  return {
    node,
    focus() {
      rows.push(...station.snapshot.documents.map((d) => row(d)));
      draw();
      add.focus();
    },
    update() {},
    actions: () => ({
      next: {
        label: rows.length === 0 ? t('documents.go-none') : t('next.consent'), disabled: rows.some((r) => !r.valid()),
        run: () => station.act('documents', { documents: rows.map((r) => r.value()) }),
      },
      hint: rows.some((r) => !r.valid()) ? t('documents.hint') : '',
    }),
  };
}
