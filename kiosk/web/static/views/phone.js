// phone.js has the citizen type the code that was sent to their phone. The
// station, and nobody at the counter, asks for it aloud; the enrolment goes on
// without it, too.
import { el, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { choose } from '../parts/dialogs.js';

export function phone(station) {
  const number = el('p', { class: 'number' });
  const state = el('p', { 'aria-live': 'polite', 'data-test': 'phone-state' });
  const digits = () => station.snapshot.phone.digits;
  const code = el('input', { type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', 'data-test': 'phone-code', on: { input: () => station.redraw() } });
  const send = el('button', { type: 'button', class: 'button', 'data-test': 'phone-send', on: { click: () => station.act('phone-send') } }, t('phone.send'));
  const node = el('section', { class: 'panel stack' }, el('h2', {}, icon('person'), t('phone.citizen')), number, state,
    el('label', { class: 'field' }, el('span', {}, t('phone.code')), code), el('div', { class: 'row' }, send));
  let shown = station.snapshot.phone;
  let timer = 0;
  const typed = () => code.value.replace(/\D/g, '');
  const waits = () => shown.resend_at && Date.parse(shown.resend_at) > Date.now();
  const confirm = async () => { const value = typed(); code.value = ''; await station.act('phone-code', { code: value }); };
  return {
    node,
    focus: () => code.focus(),
    leave: () => clearInterval(timer),
    update(snapshot) {
      shown = snapshot.phone;
      number.textContent = snapshot.person.phone ?? '';
      state.textContent = shown.busy ? t('phone.busy') : pick(shown.words);
      code.disabled = shown.state !== 'sent' && shown.state !== 'expired';
      send.disabled = shown.busy || waits() || shown.state === 'taken';
      send.textContent = waits() ? t('phone.wait', { seconds: String(Math.ceil((Date.parse(shown.resend_at) - Date.now()) / 1000)) }) : t('phone.send');
      clearInterval(timer);
      if (waits()) timer = setInterval(() => station.redraw(), 1000);
    },
    actions: () => ({
      next: { label: t('phone.confirm'), disabled: shown.busy || code.disabled || typed().length !== digits(), run: confirm },
      others: [{ label: t('phone.skip'), name: 'phone-skip', icon: 'dash', run: () => choose(t('phone.skip-title'), shown.reasons, (reason) => station.act('phone-skip', { reason })) }],
      hint: t('phone.hint'),
    }),
  };
}
