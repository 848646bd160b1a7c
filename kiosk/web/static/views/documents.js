// documents.js lists the papers that the citizen wants in the account, with
// their pages, and who depends on the citizen. Each paper needs its number and
// the original in the officer's hands.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { dependantList } from '../parts/dependants.js';
import { loose, pages } from '../parts/pages.js';

export function documents(station, draft) {
  const list = el('div', { class: 'papers' });
  const rows = [];
  const stray = loose(station, 'document', () => rows.flatMap((r) => r.pages()), () => rows.at(-1));
  const add = el('button', { type: 'button', class: 'button small', 'data-test': 'add-document', on: { click: () => { rows.push(paperRow(station, self, {})); draw(); rows.at(-1).focus(); } } }, icon('paper', 20), t('documents.add'));
  const dependants = dependantList(station);
  const node = el('div', { class: 'stack grow' },
    el('section', { class: 'panel stack grow' }, el('h2', {}, icon('paper'), t('documents.list'), add), list, stray.node), dependants.node);
  const self = {
    changed: () => { stray.update(); station.redraw(); },
    drop(row) {
      rows.splice(rows.indexOf(row), 1);
      draw();
      add.focus();
    },
  };

  function draw() {
    fill(list, rows.length > 0 ? rows.map((r) => r.node) : el('div', { class: 'empty' }, icon('paper', 48), el('b', {}, t('documents.none')), el('span', {}, t('documents.none-text'))));
    self.changed();
  }
  const bad = () => rows.find((r) => r.lacks() !== '');
  return {
    node,
    focus() {
      rows.push(...(draft?.rows ?? known(station.snapshot)).map((d) => paperRow(station, self, d)));
      draw();
      add.focus();
    },
    draft: () => ({ rows: rows.map((r) => r.draft()) }),
    update(snapshot) {
      dependants.update(snapshot);
      stray.update();
    },
    actions: () => ({
      next: {
        label: rows.length === 0 ? t('documents.go-none') : t('next.consent'), disabled: bad() !== undefined,
        run: () => station.act('documents', { documents: rows.map((r) => r.value()) }),
      },
      hint: bad() ? t(`documents.lacks-${bad().lacks()}`) : '',
    }),
  };
}

// known are the papers on the list, and those that the request names.
function known({ documents: listed, request }) {
  const wanted = (request?.items ?? []).filter((i) => i.action === 'add' && !listed.some((d) => d.type === i.type && (!i.number || d.number === i.number)));
  return [...listed, ...wanted.map(({ type, number }) => ({ type, number }))];
}

// paperRow is one paper; list is told when it changes or goes.
function paperRow(station, list, { type: kind = '', number: written = '', original_seen: was = false, pages: names = [], holder: named = '' }) {
  const rules = station.snapshot.rules.documents;
  const changed = () => { note(); list.changed(); };
  const type = el('select', { 'aria-label': t('documents.type'), 'data-test': 'document-type', on: { change: changed } },
    el('option', { value: '' }, t('documents.choose')), rules.map((r) => el('option', { value: r.type }, pick(r.words))));
  const number = el('input', { type: 'text', 'aria-label': t('documents.number'), 'data-test': 'document-number', maxlength: '40', value: written, on: { input: changed } });
  const seen = el('input', { type: 'checkbox', 'data-test': 'document-seen', on: { change: changed } });
  const holder = el('input', { type: 'text', 'aria-label': t('documents.holder'), placeholder: t('documents.holder-example'), 'data-test': 'document-holder', maxlength: '120', value: named, on: { input: changed } });
  const other = el('button', { type: 'button', class: 'button small quiet', 'data-test': 'document-other', on: { click: () => { other.classList.add('hidden'); holder.classList.remove('hidden'); holder.focus(); } } }, icon('person', 20), t('documents.other'));
  const wants = el('b', { class: 'wrong' });
  const strip = pages(station, 'document', { names, changed });
  type.value = kind;
  seen.checked = was;
  (named ? other : holder).classList.add('hidden');
  const rule = () => rules.find((r) => r.type === type.value);
  const plain = () => number.value.trim().toUpperCase();
  const good = () => rule() !== undefined && new RegExp(`^(?:${rule().pattern})$`).test(plain());
  function note() {
    number.placeholder = rule() ? t('documents.example', { example: rule().example }) : t('documents.number');
    number.setAttribute('aria-invalid', String(plain() !== '' && !good()));
    const missing = rule()?.scan && strip.names().length === 0;
    wants.textContent = missing ? t('documents.lacks-scan') : '';
  }
  const self = {
    // lacks says what a paper still needs; '' where it is whole.
    lacks: () => (!good() ? 'number' : !seen.checked ? 'original' : strip.busy() ? 'upload' : rule().scan && strip.names().length === 0 ? 'scan' : ''),
    value: () => ({ type: type.value, number: plain(), original_seen: seen.checked,
      ...(strip.names().length > 0 ? { pages: strip.names() } : {}), ...(holder.value.trim() !== '' ? { holder: holder.value.trim() } : {}) }),
    draft: () => ({ type: type.value, number: number.value, original_seen: seen.checked, pages: strip.names(), holder: holder.value }),
    pages: strip.names,
    attach: strip.attach,
    focus: () => type.focus(),
    node: el('div', { class: 'paper' }, type, number, el('label', { class: 'tick' }, seen, t('documents.seen')),
      el('button', { type: 'button', class: 'button quiet', 'data-test': 'document-remove', 'aria-label': t('documents.remove'), on: { click: () => list.drop(self) } }, icon('cross', 20)),
      el('div', { class: 'more' }, strip.node, wants, other, holder)),
  };
  note();
  return self;
}
