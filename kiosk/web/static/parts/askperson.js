// askperson.js asks what an administrator has to say or confirm of a person.
import { el, icon } from '../dom.js';
import { t } from '../words.js';
import { apart, open } from './dialogs.js';

const roles = ['officer', 'supervisor', 'administrator'];

const button = (label, name, primary, run) => el('button',
  { type: 'button', class: `button ${primary ? 'primary' : ''}`, 'data-test': name, on: { click: run } }, label);

// ask shows a form; go is called with close when it is sent. Enter sends it.
function ask(title, content, label, go) {
  const form = el('form', { class: 'stack', on: { submit: (event) => { event.preventDefault(); go(() => dialog.close()); } } }, content,
    el('div', { class: 'row' }, button(t('reason.back'), 'ask-back', false, () => dialog.close()),
      el('button', { class: 'button primary', 'data-test': 'ask-go' }, label)));
  const dialog = apart(open(title, form, []));
  form.querySelector('input:checked, input')?.focus();
  return dialog;
}

function roleChoice(now) {
  return el('fieldset', { class: 'pickset upright' }, el('legend', {}, t('people.role-of')),
    el('div', { class: 'options' }, roles.map((role) => el('label', { 'data-test': `role-${role}` },
      el('input', { type: 'radio', name: 'role', value: role, checked: role === now }),
      el('span', {}, el('b', {}, t(`role.${role}`)), el('small', {}, t(`people.can-${role}`)))))));
}

const chosen = (node) => node.querySelector('input[name="role"]:checked').value;

// askPerson takes a new person's identifier and role.
export function askPerson(change) {
  const id = el('input', { type: 'text', maxlength: '32', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', 'aria-describedby': 'new-person-note', 'data-test': 'new-person' });
  const role = roleChoice('officer');
  ask(t('people.add'), [
    el('div', { class: 'field' }, el('label', {}, el('span', {}, t('login.officer')), id), el('small', { id: 'new-person-note' }, t('people.id-note'))), role],
  t('people.add-go'), (close) => {
    if (id.value.trim() === '') return void id.focus();
    close();
    change({ do: 'add', id: id.value, role: chosen(role) });
  });
  id.focus();
}

// askRole takes another role.
export function askRole(p, change) {
  const role = roleChoice(p.role);
  ask(t('people.role-title', { id: p.id }), [role, el('p', { class: 'soft' }, t('people.signs-out'))], t('people.role-go'), (close) => {
    close();
    if (chosen(role) !== p.role) change({ do: 'role', id: p.id, role: chosen(role) });
  });
}

// askCard takes the number of the person's own card: scanned, its code begins
// with it. The station keeps a keyed hash.
export function askCard(p, change) {
  const number = el('input', { type: 'text', inputmode: 'numeric', autocomplete: 'off', maxlength: '600', 'data-test': 'person-number' });
  const dialog = ask(t('people.card-title', { id: p.id }), [
    el('p', { class: 'soft' }, t('people.card-text')),
    el('label', { class: 'field' }, el('span', {}, t('people.card-number')), number)], t('people.card-go'), (close) => {
    const given = number.value.split('|')[0].trim();
    if (given === '') return void number.focus();
    close();
    change({ do: 'card', id: p.id, number: given });
  });
  if (p.card) {
    dialog.querySelector('.row').prepend(button(t('people.card-forget'), 'person-card-forget', false, () => { dialog.close(); change({ do: 'card', id: p.id }); }));
  }
}

// confirmPIN gives another PIN.
export function confirmPIN(p, change) {
  ask(t('people.pin-title', { id: p.id }), el('p', {}, t('people.pin-text')), t('people.pin-go'), (close) => {
    close();
    change({ do: 'pin', id: p.id });
  }).querySelector('[data-test="ask-go"]').focus();
}

// confirmRemove removes a person.
export function confirmRemove(p, change) {
  ask(t('people.remove-title', { id: p.id }), el('p', {}, t('people.remove-text')), t('people.remove-go'), (close) => {
    close();
    change({ do: 'remove', id: p.id });
  });
}

// confirmKey removes a security key of a person.
export function confirmKey(p, key, change) {
  ask(t('settings.key-remove-title', { name: key.name }), el('p', {}, t('people.signs-out')), t('settings.key-remove'), (close) => {
    close();
    change({ do: 'remove-key', id: p.id, key: key.id });
  });
}

// showPIN shows a new PIN: the station keeps only its hash, so never again.
export function showPIN(id, pin) {
  const dialog = apart(open(t('people.pin-of', { id }), [
    el('p', { class: 'newpin number', 'data-test': 'new-pin', 'aria-label': [...pin].join(' ') }, pin),
    el('p', { class: 'banner notice' }, el('span', { class: 'sign' }, icon('info', 24)), el('span', {}, t('people.pin-once')))],
  [button(t('people.pin-noted'), 'pin-noted', true, () => dialog.close())]));
}
