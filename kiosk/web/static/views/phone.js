// phone.js has the citizen type the code that was sent to their phone: at this
// screen, or at the citizen's own one, and then the officer sees no digit of it.
// The enrolment goes on without it, too.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { choose } from '../parts/dialogs.js';
import { registerPanel } from '../parts/register.js';

const spaced = (number) => number.replace(/^(\d{4})(\d{3})(\d{3})$/, '$1 $2 $3');
const left = (iso) => Math.max(0, Math.ceil((Date.parse(iso) - Date.now()) / 1000));
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
const typing = ({ state }) => state === 'sent'; // a code can be typed
const over = ['expired', 'spent']; // another code is needed
const signs = { ready: 'send', sent: 'phone', verified: 'check', expired: 'clock', spent: 'clock', taken: 'warning', 'not-done': 'dash' };
const tones = { verified: 'good', taken: 'bad', expired: 'unsure', spent: 'unsure' };

// waits is for how many seconds no other message is sent; held, that none can be.
const waits = ({ resend_at: at }) => (at ? left(at) : 0);
const held = (phone) => phone.busy || waits(phone) > 0 || ['taken', 'verified', 'asking', 'none'].includes(phone.state);

export function phone(station) {
  const number = el('p', { class: 'number big' });
  const note = stateNote();
  const code = el('input', { type: 'text', class: 'otp', inputmode: 'numeric', maxlength: '12', autocomplete: 'one-time-code', 'data-test': 'phone-code',
    on: { input: () => station.redraw(), keydown: (event) => { if (event.key === 'Enter' && whole()) confirm(); } } });
  const field = el('label', { class: 'field' }, el('span', {}, t('phone.code')), code, el('small', {}, t('phone.code-note')));
  const theirs = el('p', { class: 'own hidden', 'data-test': 'phone-theirs' }, icon('person', 20), t('phone.theirs'));
  const send = el('button', { type: 'button', class: 'button', 'data-test': 'phone-send', on: { click: () => station.act('phone-send') } });
  const register = registerPanel();
  const node = el('div', { class: 'columns' },
    el('section', { class: 'panel stack phoning' }, el('h2', {}, icon('phone'), t('phone.citizen')), number, note.node, theirs, el('div', { class: 'typing' }, field, send)),
    register.node);
  let shown = {};
  let timer = 0;
  const typed = () => code.value.replace(/\D/g, '');
  const elsewhere = () => station.about.screen === 'on';
  const whole = () => typing(shown) && !shown.busy && typed().length === shown.digits;
  async function confirm() {
    const value = typed();
    code.value = '';
    await station.act('phone-code', { code: value });
  }

  function update(snapshot) {
    const before = shown.state;
    shown = snapshot.phone;
    register.update(snapshot);
    number.textContent = spaced(snapshot.person.phone ?? '');
    tick();
    code.disabled = elsewhere() || !(typing(shown) || shown.state === 'ready'); // a message may come before the station knows
    field.classList.toggle('hidden', elsewhere());
    theirs.classList.toggle('hidden', !elsewhere());
    if (typing(shown) && before !== shown.state && !elsewhere()) code.focus();
    clearInterval(timer);
    if (waits(shown) > 0 || (typing(shown) && shown.expires)) timer = setInterval(() => { tick(); station.redraw(); }, 1000);
  }

  // tick keeps what counts down.
  function tick() {
    note.update(shown);
    const wait = waits(shown);
    send.disabled = held(shown);
    send.textContent = wait > 0 ? t('phone.wait', { seconds: String(wait) }) : t(typing(shown) || over.includes(shown.state) ? 'phone.again' : 'phone.send');
  }

  function next() {
    const wanted = { disabled: held(shown), run: () => station.act('phone-send') };
    if (shown.state === 'taken') return { label: t('phone.other'), run: () => station.again('person') };
    if (shown.state === 'ready') return { label: t('phone.send'), ...wanted };
    if (over.includes(shown.state)) return { label: t('phone.again'), ...wanted };
    if (elsewhere()) return { label: t('phone.theirs-wait'), disabled: true, run() {} };
    return { label: t('phone.confirm'), disabled: !whole(), run: confirm };
  }

  const skip = () => choose(t('phone.skip-title'), shown.reasons, (reason) => station.act('phone-skip', { reason }));
  return {
    node,
    focus: () => code.focus(),
    leave: () => clearInterval(timer),
    update,
    actions: () => ({
      next: next(),
      others: [{ label: t('phone.skip'), name: 'phone-skip', icon: 'dash', run: skip },
        { label: t('phone.change'), name: 'phone-change', icon: 'pen', run: () => station.again('person') }],
      hint: t(elsewhere() ? 'phone.hint-theirs' : 'phone.hint'),
    }),
  };
}

// stateNote says how far the verification is, and for how long the code holds.
function stateNote() {
  const sign = el('span', { class: 'sign' });
  const words = el('b', { 'aria-live': 'polite', 'data-test': 'phone-state' });
  const expires = el('span', { class: 'number', 'data-test': 'phone-expires' });
  const tries = el('span', { 'data-test': 'phone-tries' });
  const node = el('div', { class: 'note' }, sign, el('div', {}, words, expires, tries));
  return {
    node,
    update(phone) {
      node.className = `note ${tones[phone.state] ?? ''}`;
      if (sign.dataset.state !== phone.state) fill(sign, icon(signs[phone.state] ?? 'clock', 22));
      sign.dataset.state = phone.state;
      const said = phone.busy ? t('phone.busy') : pick(phone.words);
      if (words.textContent !== said) words.textContent = said;
      expires.textContent = typing(phone) && phone.expires ? t('phone.expires', { time: clock(left(phone.expires)) }) : '';
      tries.textContent = phone.tries > 0 ? t('phone.tries', { count: phone.tries }) : '';
    },
  };
}
