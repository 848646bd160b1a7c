// decide.js takes a supervisor's word on a held application: release it or turn
// it down, the reason out of the rules, and who it is once more.
import * as api from '../api.js';
import { el, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { apart, open } from './dialogs.js';
import { pinInput } from './pin.js';

const radio = (name, value, label, below, test, changed) => el('label', { class: 'tick' },
  el('input', { type: 'radio', name, value, 'data-test': test, on: { change: changed } }), el('span', {}, el('b', {}, label), below ? el('small', {}, below) : null));

// askDecision shows the form; decide sends the decision and throws its refusal.
export function askDecision(station, opened, decide) {
  const { rules } = station.snapshot;
  const reasons = el('fieldset', { class: 'reasons hidden' });
  const pin = pinInput({ 'data-test': 'decide-pin', on: { input: changed } });
  const wrong = el('p', { class: 'wrong', role: 'alert', 'data-test': 'decide-problem' });
  const go = el('button', { class: 'button primary', form: 'decide-form', disabled: true, 'data-test': 'decide-go' }, icon('pen', 20), t('held.sign'));
  const key = api.keys() ? el('button', { type: 'button', class: 'button', disabled: true, 'data-test': 'decide-key', on: { click: byKey } }, icon('key', 20), t('needs.key')) : null;
  const form = el('form', { id: 'decide-form', class: 'stack', on: { submit: (event) => { event.preventDefault(); byPIN(); } } },
    el('fieldset', { class: 'pair' }, el('legend', { class: 'unseen' }, t('held.decide')),
      radio('verdict', 'yes', t('held.yes'), t('held.yes-text'), 'decide-yes', turned), radio('verdict', 'no', t('held.no'), t('held.no-text'), 'decide-no', turned)),
    reasons, el('label', { class: 'field' }, el('span', {}, t('held.pin', { who: api.who() })), pin), wrong);
  const dialog = apart(open(t('held.decide-title', { id: opened.id.slice(-8) }), form, [
    el('button', { type: 'button', class: 'button', 'data-test': 'decide-back', on: { click: () => dialog.close() } }, t('reason.back')), key, go], true));
  form.querySelector('input').focus();

  const chosen = (name) => form.querySelector(`[name="${name}"]:checked`)?.value ?? '';
  const ready = () => chosen('verdict') !== '' && chosen('reason') !== '';

  function changed() {
    go.disabled = !ready() || pin.value === '';
    if (key) key.disabled = !ready();
  }

  // turned shows the reasons of the other decision.
  function turned() {
    const list = chosen('verdict') === 'yes' ? rules.exception_reasons : rules.exception_refusals;
    reasons.replaceChildren(el('legend', {}, t('held.reason')), ...list.map((r) => radio('reason', r.code, pick(r.words), '', `decide-reason-${r.code}`, changed)));
    reasons.classList.remove('hidden');
    changed();
  }

  async function send(proof) {
    try {
      await decide({ id: opened.id, approve: chosen('verdict') === 'yes', reason: chosen('reason'), ...proof });
      dialog.close();
    } catch (error) {
      complain(error);
    }
  }

  function complain(error) {
    if (!(error instanceof api.Problem)) throw error;
    wrong.textContent = [pick(error.words), pick(error.next)].filter(Boolean).join('. ');
    changed();
    pin.focus();
  }

  async function byPIN() {
    if (go.disabled) return;
    const proof = { pin: pin.value };
    pin.value = ''; // it is in the one request, nowhere else
    changed();
    await send(proof);
  }

  async function byKey() {
    try {
      await send(await api.askKey({ for: 'approve', command: `held-decide ${opened.id}` }));
    } catch (error) {
      complain(error);
    }
  }
}
