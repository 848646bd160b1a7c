// dialogs.js asks before what can not be taken back.
import { el } from '../dom.js';
import { pick, t } from '../words.js';
import { pinInput } from './pin.js';

// apart marks a dialog that is not about the enrolment under way: it stays when
// another one begins.
export function apart(dialog) {
  dialog.dataset.apart = '';
  return dialog;
}

// open shows a dialog over the page, which goes when it is closed.
export function open(title, content, buttons, wide = false) {
  const dialog = el('dialog', { class: wide ? 'wide' : '', 'aria-label': title, on: { close: () => dialog.remove() } },
    el('h2', {}, title), el('div', { class: 'stack' }, content, el('div', { class: 'row' }, buttons)));
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

const formName = 'dialog-form';

// form holds the fields of a dialog: Enter in one of them is the dialog's main
// action, as its button is.
export const form = (run, ...content) => el('form', { class: 'stack', id: formName, on: { submit: (event) => { event.preventDefault(); run(); } } }, content);
export const submit = (label, name) => el('button', { class: 'button primary', form: formName, 'data-test': name }, label);

const button = (label, name, primary, run, disabled = false) => el('button',
  { type: 'button', class: `button ${primary ? 'primary' : ''}`, 'data-test': name, disabled, on: { click: run } }, label);

// confirmCancel asks whether the application is really to be dropped.
export function confirmCancel(run) {
  const dialog = open(t('cancel.title'), el('p', {}, t('cancel.text')), [
    button(t('cancel.keep'), 'cancel-keep', false, () => dialog.close()),
    button(t('cancel.drop'), 'cancel-drop', true, () => { dialog.close(); run(); }),
  ]);
}

// confirmDrop asks whether a finger's exception is really to be taken back.
export function confirmDrop(finger, reason, run) {
  const dialog = open(t('exception.drop-title', { finger }), el('p', {}, t('exception.drop-text', { reason })), [
    button(t('exception.drop-keep'), 'drop-keep', false, () => dialog.close()),
    button(t('exception.drop-go'), 'drop-go', true, () => { dialog.close(); run(); }),
  ]);
}

// askReason takes the officer's reason for a decision, in the officer's words.
export function askReason(headline, below, run) {
  const text = el('textarea', { rows: '3', 'data-test': 'reason', 'aria-label': t('reason.label') });
  const go = button(t('reason.go'), 'reason-go', true, () => { dialog.close(); run(text.value.trim()); }, true);
  text.addEventListener('input', () => { go.disabled = text.value.trim().length < 10; });
  const dialog = open(headline, [
    el('p', { class: 'soft' }, below),
    el('label', { class: 'field' }, el('span', {}, t('reason.label')), text, el('small', {}, t('reason.note'))),
  ], [button(t('reason.back'), 'reason-back', false, () => dialog.close()), go]);
  text.focus();
}

// askText takes a line of text, say a correction.
export function askText(title, value, run) {
  const text = el('input', { type: 'text', maxlength: '400', value, 'aria-label': title, 'data-test': 'text' });
  const go = () => { dialog.close(); if (text.value.trim() !== '') run(text.value.trim()); };
  const dialog = open(title, form(go, text), [
    button(t('reason.back'), 'text-back', false, () => dialog.close()),
    submit(t('person.correct-go'), 'text-go'),
  ]);
  text.select();
}

// askKey takes what the person calls a new security key, and the PIN again.
export function askKey(run) {
  const name = el('input', { type: 'text', maxlength: '40', 'aria-label': t('key.name'), 'data-test': 'key-name' });
  const pin = pinInput({ 'aria-label': t('login.pin'), 'data-test': 'key-pin' });
  const field = (label, input) => el('label', { class: 'field' }, el('span', {}, label), input);
  function go() {
    const [secret, named] = [pin.value, name.value.trim()];
    if (named === '') return void name.focus();
    if (secret === '') return void pin.focus();
    dialog.close();
    run(secret, named);
  }
  const dialog = open(t('key.title'), form(go, el('p', { class: 'soft' }, t('key.text')), field(t('key.name'), name), field(t('login.pin'), pin)), [
    button(t('reason.back'), 'key-back', false, () => dialog.close()),
    submit(t('key.go'), 'key-go'),
  ]);
  name.focus();
}

// choose offers coded reasons, say for a finger that can not be taken.
export function choose(title, options, run) {
  const dialog = open(title, options.map((o) => el('button',
    { type: 'button', class: 'button', 'data-test': `choose-${o.code}`, on: { click: () => { dialog.close(); run(o.code); } } }, pick(o.words))),
  [button(t('reason.back'), 'choose-back', false, () => dialog.close())]);
}
