// form.js fills in the form that the kind of enrolment asks for, TK01, TK02 or
// TK03, from what the officer and the citizen have just checked. It is printed
// before the application is sealed; nothing of it is kept.
import * as api from '../../api.js';
import { el } from '../../dom.js';
import { t as shown, vietnamese as t } from '../../words.js';
import { date } from '../facts.js';
import { head, line, signatures } from './head.js';
import { printSheet } from './paper.js';

// formAction is the button of the step sign; none where the kind has no form.
export function formAction(station) {
  const { kind, corrects } = station.snapshot;
  if (!kind?.form || corrects) return [];
  return [{ name: 'print-form', icon: 'paper', label: shown('print.form', { form: kind.form }), run: () => printForm(station) }];
}

async function printForm(station) {
  try {
    const office = await api.office();
    await api.printed(station.snapshot.id, 'form');
    const { id, kind } = station.snapshot;
    printSheet(formPaper(station.snapshot, office), 'a4', [el('span', {}, t('form.dossier', { id })), el('b', {}, t('form.number', { form: kind.form }))]);
  } catch (error) {
    station.refuse(error);
  }
}

const titles = ['TK01', 'TK02', 'TK03'];
const bodies = { TK02: organisation, TK03: lock };

function formPaper(snapshot, office) {
  const { form } = snapshot.kind;
  const beside = snapshot.guardian ? [t('form.guardian-signs')] : [];
  return el('article', { class: 'form-paper', 'data-test': 'form-paper' },
    head(office, Date.now()),
    el('h1', {}, t(`form.title-${titles.includes(form) ? form : 'other'}`)),
    el('p', { class: 'paper-to' }, t('form.to'), el('b', {}, office.name)),
    numbered((bodies[form] ?? personal)(snapshot)),
    el('p', { class: 'paper-vow' }, t('form.vow')),
    signatures(t(form === 'TK02' ? 'form.organisation-signs' : 'form.citizen-signs'), ...beside, t('paper.officer')),
    el('p', { class: 'paper-small paper-foot' }, t('form.foot', { station: office.station })));
}

// numbered puts I, II, … before the headings of the parts that are there.
const numbered = (parts) => parts.filter(Boolean).map(([name, ...content], i) => el('section', {}, el('h2', {}, `${['I', 'II', 'III', 'IV', 'V', 'VI'][i]}. ${name}`), content));

const fact = (fields, name) => fields.find((f) => f.name === name)?.value ?? '';
const words = (list, code) => list?.find((x) => x.code === code)?.words.vi ?? code ?? '';
const typed = (list, type) => list.find((x) => x.type === type)?.words.vi ?? type;

// squares writes digits one to a square, as forms ask for.
const squares = (name, text) => el('p', { class: 'paper-line' }, el('span', {}, `${name}: `),
  text ? el('span', { class: 'paper-squares' }, [...text].map((c) => el('span', {}, c))) : el('span', { class: 'paper-dots' }));

// tick is a box with its words.
const tick = (on, text) => el('p', { class: 'paper-tickline' }, el('span', { class: 'paper-box' }, on ? '×' : ''), el('span', {}, text));

function table(columns, rows) {
  return el('table', {}, el('thead', {}, el('tr', {}, columns.map((c) => el('th', { scope: 'col' }, c)))),
    el('tbody', {}, rows.map((row) => el('tr', {}, row.map((cell) => el('td', {}, cell))))));
}

// foreign tells whose form has a nationality on it.
const foreign = (fields) => !['', 'VNM', 'Việt Nam'].includes(fact(fields, 'nationality'));

const upper = (name) => name.toLocaleUpperCase('vi');

// applicant is who asks.
function applicant(snapshot, name, reach = true) {
  const { fields, phone, email } = snapshot.person;
  const number = fact(fields, 'number');
  return [name,
    line(t(foreign(fields) ? 'form.name' : 'form.birth-name'), upper(fact(fields, 'name'))),
    el('div', { class: 'paper-two' }, line(t('form.birth'), date(fact(fields, 'birth'))), line(t('form.sex'), fact(fields, 'sex'))),
    squares(t('form.personal-number'), personalNumber.test(number) ? number : ''), // a foreigner may have none yet
    foreign(fields) ? line(t('form.nationality'), fact(fields, 'nationality')) : null,
    ...shownPapers(snapshot),
    line(t('form.residence'), fact(fields, 'residence')),
    ...(reach ? [squares(t('form.phone'), phone), line(t('form.email'), email)] : [])].filter(Boolean);
}

const personalNumber = /^\d{12}$/;

// shownPapers are those by which the applicant is known, where no card was read.
function shownPapers({ identity, rules }) {
  if (!identity || identity.card === 'read') return [];
  const passport = identity.mrz ? line(t('form.passport'), identity.fields?.document_number) : null;
  return [passport, ...(identity.papers ?? []).filter((p) => !passport || p.type !== 'passport')
    .map((p) => line(typed(rules.papers, p.type), p.expiry ? t('form.until', { number: p.number, date: date(p.expiry) }) : p.number))];
}

function personal(snapshot) {
  return [applicant(snapshot, t('form.applicant')), guardian(snapshot), request(snapshot), documents(snapshot), dependants(snapshot)];
}

function guardian({ guardian: g, kind, rules }) {
  if (!g) return null;
  const { paper } = g;
  return [t('form.guardian'),
    line(t('form.name'), upper(fact(g.fields, 'name'))),
    squares(t('form.personal-number'), fact(g.fields, 'number')),
    line(t('form.relation'), words(kind.guardian?.relations, g.relation)),
    line(t('form.relation-paper'), paper ? `${typed(rules.papers, paper.type)} ${paper.number}` : '')];
}

// request is what the form asks the authority for.
function request({ kind, request: asked, rules, person: { fields } }) {
  if (asked?.items) {
    return [t('form.asks'), ...asked.items.map((x) => tick(true, [words(kind.request.actions, x.action), typed(rules.documents, x.type), x.number].filter(Boolean).join(' – ')))];
  }
  const issued = kind.reasons?.length > 0;
  return [t('form.asks'), tick(true, t('form.asks-account')), foreign(fields) ? null : tick(true, t('form.asks-card')),
    issued ? tick(true, t('form.asks-issuance', { reason: words(kind.reasons, kind.reason) })) : null].filter(Boolean);
}

function documents({ documents: list, consent, rules }) {
  if (list.length === 0) return null;
  return [t('form.documents'), table([t('form.document'), t('form.document-number'), t('form.document-holder'), t('form.document-agreed')],
    list.map((d, i) => [typed(rules.documents, d.type), d.number, d.holder ?? '', t(consent?.documents[i] ? 'form.yes' : 'form.no')]))];
}

function dependants({ dependants: list, rules }) {
  if (list.length === 0) return null;
  return [t('form.dependants'), table([t('form.name'), t('form.number-short'), t('form.born'), t('form.relation')],
    list.map((d) => [d.name, d.number ?? '', date(d.birth ?? ''), words(rules.relations, d.relation)]))];
}

// asked are the fields of the rules' request, filled in.
const asked = ({ kind, request: r }) => (kind.request?.fields ?? []).map((f) => line(f.words.vi, r?.fields?.[f.name]));

const actions = ({ kind, request: r }) => kind.request.actions.map((a) => tick(a.code === r?.action, a.words.vi));

function organisation(snapshot) {
  return [[t('form.organisation'), ...asked(snapshot)], applicant(snapshot, t('form.representative'), false), [t('form.asks'), ...actions(snapshot)]];
}

function lock(snapshot) {
  const { kind, request: r, rules } = snapshot;
  return [applicant(snapshot, t('form.applicant'), false),
    [t('form.asks'), ...actions(snapshot),
      line(t('form.by'), t(`form.by-${r?.by || 'holder'}`)),
      squares(t('form.account'), r?.account || fact(snapshot.person.fields, 'number')),
      line(t('form.reason'), words(kind.request.reasons, r?.reason)), ...asked(snapshot),
      ...(r?.papers ?? []).map((p) => line(t('form.relation-paper'), `${typed(rules.papers, p.type)} ${p.number}`))]];
}
