// consent.js is read and ticked by the citizen, in the words of the rules: the
// registration, and each document by itself, with what it is for. Nothing is
// ticked beforehand, and what was agreed to can be taken back.
import { el, fill, icon } from '../dom.js';
import { lang, moment, pick, t } from '../words.js';
import { open } from '../parts/dialogs.js';
import { signing } from '../parts/signing.js';

export function consent(station, draft) {
  const list = el('div', { class: 'consents' });
  const signed = signing(station, draft?.signed);
  const node = el('section', { class: 'panel stack consenting' }, el('h2', {}, icon('person'), t('consent.citizen')),
    el('p', { class: 'soft' }, t('consent.text')), list, signed.node);
  let questions = [];
  let ticked = new Set(draft?.ticked); // by the words that were read
  let mark = '';

  function draw({ consent_text: text, consent: given, documents }) {
    if (questions.length > 0) ticked = ticks();
    questions = [];
    if (!text) return;
    questions.push(question(station, 'consent-registration', text.registration, given?.registration ? 'yes' : given && taken(given, 'registration') ? 'withdrawn' : 'open',
      { what: 'registration', at: given && taken(given, 'registration')?.at }));
    text.documents.forEach((one, i) => questions.push(question(station, `consent-document-${i}`, one, given?.answers[i] ?? 'open',
      { what: 'document', index: i, at: given && taken(given, 'document', documents[i])?.at })));
    for (const q of questions) if (q.input) q.input.checked = ticked.has(q.sha);
    fill(list, questions.map((q) => q.node));
  }

  const ticks = () => new Set(questions.filter((q) => q.input?.checked).map((q) => q.sha));
  const agreed = (q) => q?.answer === 'yes' || q?.input.checked === true;
  return {
    node,
    draft: () => ({ ticked: [...ticks()], signed: signed.draft() }),
    update(snapshot) {
      const next = JSON.stringify([snapshot.consent_text?.sha256, snapshot.consent?.answers, snapshot.consent?.registration, snapshot.consent?.withdrawn, lang()]);
      if (next === mark) return;
      mark = next;
      draw(snapshot);
    },
    actions: ({ consent_text: text }) => ({
      next: {
        label: t('next.sign'), disabled: !agreed(questions[0]),
        run: () => station.act('consent', { registration: true, documents: questions.slice(1).map(agreed), text: text.sha256, ...signed.args() }),
      },
      hint: !agreed(questions[0]) ? t('consent.hint') : questions.length > 1 ? t('consent.hint-documents') : '',
    }),
  };
}

// taken is when a consent was last taken back.
const taken = ({ withdrawn }, what, document) => withdrawn.findLast((w) => w.what === what && (!document || (w.type === document.type && w.number === document.number)));

// question is one of them with its answer: a tick, or the way to take it back.
function question(station, name, { words, purpose, sha256 }, answer, about) {
  const said = [el('b', {}, pick(words)), el('span', {}, t('consent.purpose', { purpose: pick(purpose) }))];
  if (answer === 'yes') {
    return { sha: sha256, answer, node: el('div', { class: 'tick agreed', 'data-test': name, 'data-answer': answer }, icon('check', 26), el('span', {}, said),
      el('button', { type: 'button', class: 'button small', 'data-test': `${name}-withdraw`, on: { click: () => withdraw(station, pick(words), about) } }, t('consent.withdraw'))) };
  }
  const input = el('input', { type: 'checkbox', 'data-test': name, 'data-answer': answer, on: { change: () => station.redraw() } });
  const before = answer === 'withdrawn' && about.at ? el('em', {}, t('consent.withdrawn', { time: moment(about.at) })) : answer === 'no' ? el('em', {}, t('consent.refused')) : null;
  return { sha: sha256, answer, input, node: el('label', { class: 'tick' }, input, el('span', {}, said, before)) };
}

// withdraw asks before a consent is taken back; it holds for the list that is
// shown.
export function withdraw(station, words, { what, index }) {
  const { version } = station.snapshot;
  const dialog = open(t('consent.withdraw-title'), [el('p', {}, words), el('p', { class: 'soft' }, t(`consent.withdraw-${what}`))], [
    el('button', { type: 'button', class: 'button', 'data-test': 'withdraw-keep', on: { click: () => dialog.close() } }, t('reason.back')),
    el('button', { type: 'button', class: 'button primary', 'data-test': 'withdraw-go', on: { click: () => { dialog.close(); station.act('consent-withdraw', { what, ...(index ? { index } : {}) }, version); } } }, t('consent.withdraw-go'))]);
}
