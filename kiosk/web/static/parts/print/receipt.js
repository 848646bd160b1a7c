// receipt.js is the paper "Giấy tiếp nhận và hẹn trả kết quả", on a sheet or on
// the roll of a slip printer. What it says comes from the station's masked index
// alone; "received" stands on it only once the central has signed for it.
import * as api from '../../api.js';
import { el } from '../../dom.js';
import { known, vietnamese as t } from '../../words.js';
import { code, dayAndHour, dayOfWeek, head, line, signatures } from './head.js';
import { paper, printSheet } from './paper.js';

// advice is what the citizen should know, by the dossier's kind.
const account = ['result', 'activate', 'valid', 'secret'];
const advice = {
  'citizen-level2': account, 'citizen-issuance': account, 'child-level2': account, 'ward-level2': account,
  'foreigner-level2': ['result', 'activate-app', 'valid-residence', 'secret'],
};

// A foreigner's number is the passport's, where there is no personal one.
const numbered = { 'foreigner-level2': 'paper.own-number' };

// printReceipt prints the receipt of a sealed application, the first time or
// again. The station notes it.
export async function printReceipt(station, id, again = false) {
  try {
    const [receipt, office] = await Promise.all([api.receipt(id), api.office()]);
    await api.printed(id, 'receipt');
    printSheet(receiptPaper(receipt, office, again), paper());
  } catch (error) {
    station.refuse(error);
  }
}

function receiptPaper(r, office, again) {
  return el('article', { class: 'receipt-paper', 'data-test': 'receipt-paper' },
    head(office, r.sealed),
    el('h1', {}, t('paper.receipt-title')),
    el('div', { class: 'paper-numbered' }, el('div', {}, el('p', {}, t('paper.number')), el('p', { class: 'paper-id' }, r.id), el('p', { class: 'paper-small' }, t('paper.show'))), code(r.code)),
    contents(r),
    promised(r),
    el('section', { class: 'paper-advice' }, el('h2', {}, t('paper.advice')), el('ul', {}, hints(r, office).map((text) => el('li', {}, text)))),
    signatures(t('paper.citizen'), t('paper.officer')),
    el('p', { class: 'paper-small paper-foot' }, `${t(again ? 'paper.printed-again' : 'paper.printed', { time: dayAndHour(r.at) })} `, el('span', { class: 'paper-whole' }, t('paper.station', { station: office.station })), ' ',
      r.virtual ? el('b', { class: 'paper-whole' }, t('paper.trial')) : null));
}

// kind names what was asked for.
const kind = (r) => (known(`paper.kind-${r.kind}`) ? t(`paper.kind-${r.kind}`) : t('paper.kind-other'));

function contents(r) {
  return el('section', {},
    line(t('paper.of'), r.initials), line(t(numbered[r.kind] ?? 'paper.personal-number'), r.number),
    line(t('paper.asked'), kind(r)),
    r.corrects ? line(t('paper.corrects'), t('paper.corrects-value', { section: known(`section.${r.section}`) ? t(`section.${r.section}`) : r.section, id: r.corrects })) : null,
    r.corrects ? null : line(t('paper.consists'), r.form ? t('paper.consists-form', { form: r.form }) : t('paper.consists-data')),
    line(t('paper.taken'), dayAndHour(r.sealed)),
    r.days ? line(t('paper.time'), t('paper.days', { days: String(r.days).padStart(2, '0') })) : null,
    line(t('paper.fee'), t('receipt.free')),
    line(t('paper.now'), standing(r)));
}

const ends = ['approved', 'fix-needed', 'rejected'];

// standing is how far the application is at this moment.
function standing(r) {
  if (!r.custody) return t('paper.waiting');
  const received = t('paper.received', { time: r.received ? dayAndHour(r.received) : '', position: String(r.log_position) });
  return ends.includes(r.state) ? `${t(`paper.end-${r.state}`)}. ${received}` : received;
}

// promised is the day of the result; a paper without one says what to wait for.
function promised(r) {
  return el('section', { class: 'paper-promised', 'data-test': 'promised' }, el('p', {}, t('paper.due')),
    el('p', { class: 'paper-day' }, r.due ? dayOfWeek(r.due) : t('paper.due-none')),
    r.due && !r.due_sure ? el('p', { class: 'paper-small' }, t('paper.due-estimate')) : null);
}

function hints(r, office) {
  const where = [office.address, office.phone ? t('paper.phone', { phone: office.phone }) : ''].filter(Boolean).join(', ');
  return [...(advice[r.kind] ?? ['result']).map((name) => t(`paper.advice-${name}`)),
    t('paper.advice-ask', { hotline: office.hotline }), where ? t('paper.advice-where', { where }) : ''].filter(Boolean);
}
