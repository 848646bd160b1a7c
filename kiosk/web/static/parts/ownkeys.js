// ownkeys.js adds and removes the security keys of the officer who is signed in.
// Both ask for the PIN again: an open session alone changes no way in.
import * as api from '../api.js';
import * as staff from '../api-staff.js';
import { el } from '../dom.js';
import { t } from '../words.js';
import { askKey, form, open, submit } from './dialogs.js';
import { pinInput } from './pin.js';

// addKey registers another key and calls done.
export function addKey(station, done) {
  askKey((pin, name) => attempt(station, () => api.addKey(pin, name), done));
}

// removeKey asks for the PIN, removes a key, and calls done.
export function removeKey(station, key, done) {
  const pin = pinInput({ 'data-test': 'drop-pin' });
  const run = () => {
    const given = pin.value;
    if (given === '') return void pin.focus();
    dialog.close();
    void attempt(station, () => staff.dropKey(given, key.id), done);
  };
  const dialog = open(t('settings.key-remove-title', { name: key.name }), form(run,
    el('p', { class: 'soft' }, t('settings.key-remove-text')),
    el('label', { class: 'field' }, el('span', {}, t('login.pin')), pin)), [
    el('button', { type: 'button', class: 'button', 'data-test': 'drop-key-back', on: { click: () => dialog.close() } }, t('reason.back')),
    submit(t('settings.key-remove'), 'drop-key-go')]);
  pin.focus();
}

async function attempt(station, run, done) {
  try {
    await run();
    station.settle();
    await done();
  } catch (error) {
    station.refuse(error);
  }
}
