// code.js has the citizen type the code that came to their own phone. Nobody
// at the counter sees it.
import { el, fill, icon } from '../../dom.js';
import { pick, t } from '../../words.js';
import { grouped } from '../own.js';
import { digits } from '../keys.js';

const left = (until) => (until ? Math.max(0, Math.ceil((Date.parse(until) - Date.now()) / 1000)) : 0);
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

const digitsOf = (p) => p.digits || 6; // of a code

// sends are the states in which a message can be wanted.
const sends = ['ready', 'sent', 'expired', 'spent'];

export function code(desk) {
  const { draft } = desk;
  draft.digits ??= '';
  const node = el('div', { class: 'part' });
  const time = el('p', { class: 'time', 'data-test': 'code-time' });
  const words = el('p', { class: 'note', role: 'status', 'data-test': 'code-words' });
  let part = '';
  let field = null;
  const timer = setInterval(desk.redraw, 1000);
  const now = () => desk.view.phone ?? {};
  const partOf = () => (now().state === 'sent' && left(now().expires) > 0 ? 'type' : sends.includes(now().state) ? 'send' : 'hold');
  const build = () => {
    part = partOf();
    field = part === 'type' ? digits({ name: 'code', label: t('citizen.code'), kind: 'code', max: digitsOf(now()), value: draft.digits, changed: (value) => { draft.digits = value; desk.redraw(); } }) : null;
    fill(node, field ? el('div', { class: 'typed' }, el('div', { class: 'ask' }, field.input, time, words), field.node)
      : el('div', { class: 'calm' }, el('span', { class: 'disc' }, icon('phone', 132)), words));
  };
  const confirm = async () => {
    const value = draft.digits;
    draft.digits = '';
    field.set('');
    if (!await desk.act('phone-code', { code: value })) field?.input.focus();
  };
  const send = () => { draft.digits = ''; desk.act('phone-send'); };
  build();
  return {
    node,
    leave: () => clearInterval(timer),
    title: () => t(`citizen.title-code-${part}`),
    lead: () => t(`citizen.lead-code-${part}`, { phone: grouped(now().number ?? ''), digits: digitsOf(now()) }),
    focus: () => field?.input,
    update() {
      if (part !== partOf()) {
        build();
        (field?.input ?? document.getElementById('screen-title'))?.focus();
      }
      const text = spoken(now());
      if (words.textContent !== text) words.textContent = text;
      words.classList.toggle('hidden', text === '');
      time.textContent = t('citizen.code-left', { time: clock(left(now().expires)) });
    },
    actions: () => actions(now(), draft, { confirm, send, part }),
  };
}

// spoken is what there is to say of the state, beside the title.
const spoken = (p) => (p.busy ? t('citizen.busy') : p.state === 'ready' || (p.state === 'sent' && !p.tries) ? '' : pick(p.words));

function actions(p, draft, { confirm, send, part }) {
  const seconds = left(p.resend_at);
  const again = seconds > 0 ? t('citizen.send-wait', { seconds }) : t(p.state === 'ready' ? 'citizen.send' : 'citizen.send-again');
  const sending = { label: again, disabled: p.busy || seconds > 0, run: send };
  if (part === 'hold') return {};
  return part === 'send' ? { next: sending } : { other: sending, next: { label: t('citizen.code-go'), disabled: p.busy || draft.digits.length !== digitsOf(p), run: confirm } };
}
