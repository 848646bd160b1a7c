// signing.js says where the citizen signs the consent: on paper, on a pad of its
// own, or here on the screen. Nothing is chosen beforehand.
import * as api from '../api.js';
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { open } from './dialogs.js';
import { ink } from './ink.js';
import { still } from './still.js';

const ways = { paper: 'paper', pad: 'pen', screen: 'phone' };

// signing makes the choice; args are those of the consent, draft is what was
// chosen and not sent.
export function signing(station, draft) {
  const before = station.snapshot.consent;
  let way = draft?.way ?? before?.signed ?? '';
  let page = draft?.page ?? before?.signature ?? '';
  const shown = el('div', { class: 'signed hidden', 'data-test': 'signature' });
  const inputs = Object.keys(ways).map((name) => el('input', { type: 'radio', name: 'signed', value: name, 'data-test': `sign-${name}`, on: { change: () => choose(name), click: () => { if (name === 'screen') sign(); } } }));
  const node = el('fieldset', { class: 'signing' }, el('legend', {}, t('signing.title')),
    inputs.map((input) => el('label', { class: 'tick radio' }, input, el('span', {}, icon(ways[input.value], 20), t(`signing.${input.value}`)))), shown);
  mark();

  function choose(name) {
    way = name;
    if (name !== 'screen') page = '';
    mark();
    station.redraw();
  }

  function mark() {
    for (const input of inputs) input.checked = input.value === way && (way !== 'screen' || page !== '');
    shown.classList.toggle('hidden', page === '');
    if (page === '') return;
    const now = still(`/api/image/${page}`, t('ink.label'), 'pen');
    fill(shown, now.node);
    now.refresh(page);
  }

  function sign() {
    const wrong = el('p', { class: 'wrong', role: 'alert' });
    const go = el('button', { type: 'button', class: 'button primary', 'data-test': 'ink-go', disabled: true, on: { click: keep } }, t('ink.go'));
    const field = ink((signed) => { go.disabled = !signed; });
    const dialog = open(t('ink.title'), [el('p', { class: 'soft' }, t('ink.text')), field.node, wrong], [
      el('button', { type: 'button', class: 'button', 'data-test': 'ink-back', on: { click: () => dialog.close() } }, t('reason.back')),
      el('button', { type: 'button', class: 'button', 'data-test': 'ink-clear', on: { click: field.clear } }, icon('again', 20), t('ink.clear')), go], true);
    dialog.addEventListener('close', mark);
    field.clear();
    async function keep() {
      go.disabled = true;
      try {
        page = (await api.upload(await field.picture(), 'signature')).name;
        way = 'screen';
        dialog.close();
        station.redraw();
      } catch (error) {
        if (!(error instanceof api.Problem)) throw error;
        wrong.textContent = [pick(error.words), pick(error.next)].join('. ');
        go.disabled = false;
      }
    }
  }

  return { node, draft: () => ({ way, page }), args: () => (page !== '' ? { signature: page } : way === 'paper' || way === 'pad' ? { signed: way } : {}) };
}
