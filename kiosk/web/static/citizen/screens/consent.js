// consent.js asks the citizen one question after the other, in the words that
// the dossier names by their digest, and then for the signature. Nothing is
// chosen beforehand, and a no is as good an answer as a yes.
import { el, fill, icon } from '../../dom.js';
import { pick, t } from '../../words.js';
import { ink, signed } from '../ink.js';

export function consent(desk) {
  const { draft } = desk;
  const node = el('div', { class: 'part' });
  let pad = null;
  const asked = () => [desk.view.consent_text.registration, ...desk.view.consent_text.documents];
  const sign = () => draft.at === asked().length;
  const go = (at) => { draft.at = at; desk.renew(); };
  const begin = (text) => Object.assign(draft, { text, at: 0, answers: [], strokes: [] });
  const short = el('p', { class: 'note', role: 'status', 'data-test': 'ink-short' });
  const build = () => {
    pad?.leave();
    pad = sign() ? ink(draft.strokes, desk.redraw) : null;
    fill(node, pad ? signing(pad, short) : question(asked()[draft.at], draft, desk.redraw));
  };
  if (draft.text !== desk.view.consent_text.sha256) begin(desk.view.consent_text.sha256);
  build();
  const give = async (onScreen) => {
    const [registration, ...documents] = draft.answers;
    const answers = { registration, documents, text: draft.text };
    if (onScreen) await desk.sign(pad.png, answers); else await desk.act('consent', { ...answers, signed: 'paper' });
  };
  return {
    node,
    leave: () => pad?.leave(),
    title: () => (sign() ? t('citizen.title-sign') : t('citizen.title-consent', { at: draft.at + 1, all: asked().length })),
    lead: () => (sign() ? t('citizen.lead-sign', { yes: draft.answers.filter(Boolean).length, all: asked().length }) : ''),
    update(view) {
      if (draft.text !== view.consent_text.sha256) {
        begin(view.consent_text.sha256); // other questions: asked anew
        build();
      }
      const text = draft.strokes.length > 0 && !signed(draft.strokes) ? t('citizen.ink-short') : '';
      if (short.textContent !== text) short.textContent = text;
    },
    actions: () => (sign() ? {
      back: { label: t('citizen.back'), run: () => go(draft.at - 1) },
      other: { label: t('citizen.sign-paper'), run: () => give(false) },
      next: { label: t('citizen.sign-go'), disabled: !signed(draft.strokes), run: () => give(true) },
    } : {
      back: draft.at > 0 ? { label: t('citizen.back'), run: () => go(draft.at - 1) } : null,
      next: { label: t('citizen.go-on'), disabled: draft.answers[draft.at] === undefined || (draft.at === 0 && !draft.answers[0]), run: () => go(draft.at + 1) },
    }),
  };
}

// question is one of them, with what it is for and its two answers.
function question(q, draft, redraw) {
  const at = draft.at;
  const stop = el('p', { class: 'note', role: 'status', 'data-test': 'consent-stop' });
  const choose = (value) => {
    draft.answers[at] = value;
    stop.textContent = at === 0 && !value ? t('citizen.stop') : '';
    redraw();
  };
  const answer = (value, name, sign, label) => el('label', { class: `answer ${name}` },
    el('input', { type: 'radio', name: 'answer', value: name, checked: draft.answers[at] === value, 'data-test': `answer-${name}`, on: { change: () => choose(value) } }), icon(sign, 44), label);
  if (at === 0 && draft.answers[0] === false) stop.textContent = t('citizen.stop');
  return [el('blockquote', { class: 'question', 'data-test': 'question' }, pick(q.words)),
    el('p', { class: 'purpose' }, el('b', {}, t('citizen.purpose')), ' ', pick(q.purpose)),
    el('fieldset', { class: 'answers', 'aria-label': pick(q.words) }, answer(true, 'yes', 'check', t('citizen.yes')), answer(false, 'no', 'cross', t('citizen.no'))), stop];
}

const signing = (pad, short) => el('div', { class: 'signing' }, pad.node, el('div', { class: 'under' }, short,
  el('button', { type: 'button', class: 'big', 'data-test': 'ink-again', on: { click: () => pad.clear() } }, icon('again', 30), t('citizen.sign-again'))));
