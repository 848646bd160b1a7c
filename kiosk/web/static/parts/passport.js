// passport.js takes the two lines of a passport: scanned, out of a picture, or
// typed as they are. The station proves each check digit.
import * as api from '../api.js';
import { el, icon } from '../dom.js';
import { t } from '../words.js';

const width = 44;
const unread = /^(no-qr|qr-.*|mrz-unclear)$/; // problems of a picture without what is looked for

// linesOf are the two lines in what was typed or scanned, also without a line's
// end; none where it is no passport's.
function linesOf(text) {
  const all = text.toUpperCase().replace(/[^A-Z0-9<\n]/g, '').split('\n').filter((line) => line !== '');
  const lines = all.length === 1 && all[0].length === 2 * width ? [all[0].slice(0, width), all[0].slice(width)] : all;
  return lines.length === 2 && lines.every((line) => line.length === width) ? lines : [];
}

// passport makes the field; given is what stands in it at first.
export function passport(station, given, changed) {
  const said = el('small', { 'data-test': 'passport-said' });
  const told = el('span', { class: 'unseen', role: 'status' }); // not each letter
  const text = el('textarea', { rows: '2', maxlength: '120', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'characters', wrap: 'off', class: 'zone', 'data-test': 'passport', on: { input: typed, blur: typed }, value: given });
  const input = el('input', { type: 'file', accept: 'image/png,image/jpeg', class: 'unseen', 'data-test': 'passport-picture', 'aria-label': t('identity.passport-picture'), on: { change: read } });

  function note() {
    const whole = linesOf(text.value);
    if (whole.length > 0 && !text.value.includes('\n')) text.value = whole.join('\n'); // scanned in one piece
    const count = text.value.replace(/\s/g, '').length;
    text.setAttribute('aria-invalid', String(count > 0 && linesOf(text.value).length === 0 && document.activeElement !== text));
    if (linesOf(text.value).length > 0) tell(t('identity.passport-whole'));
    else tell('', t('identity.passport-count', { count }));
  }
  function tell(words, shown = words) {
    if (told.textContent !== words) told.textContent = words;
    said.textContent = shown;
  }
  function typed() {
    note();
    changed();
  }
  async function read() {
    const [file] = input.files;
    if (!file) return;
    const found = await lines(file);
    if (found) {
      text.value = found;
      typed();
    } else {
      tell(t('identity.passport-unread'));
    }
    input.value = '';
  }
  // lines are those in a picture, '' where there are none: the words about QR codes
  // are for cards.
  async function lines(file) {
    try {
      const print = await api.readQR(file);
      return print.kind === 'mrz' ? print.text : '';
    } catch (problem) {
      if (!unread.test(problem.code)) station.refuse(problem);
      return '';
    }
  }
  note();
  return {
    ok: () => linesOf(text.value).length > 0,
    value: () => linesOf(text.value),
    focus: () => text.focus(),
    draft: () => text.value,
    node: el('div', { class: 'stack' },
      el('label', { class: 'field' }, el('span', {}, t('identity.passport-lines')), text), said, told,
      el('p', { class: 'soft' }, t('identity.passport-note')), el('div', {}, el('label', { class: 'button small' }, icon('image', 20), t('identity.passport-picture'), input))),
  };
}
