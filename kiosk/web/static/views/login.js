// login.js takes a name and a PIN, by keyboard or by touch, or a security key:
// to begin a session, to unlock one, or to take the enrolment over.
import { el, fill, icon, svg } from '../dom.js';
import { lang, pick, t } from '../words.js';

const titles = { login: 'login.title', unlock: 'login.unlock', takeover: 'login.takeover' };
const leads = { login: 'login.lead', unlock: 'login.lead-unlock', takeover: 'login.lead-takeover' };
// What the form itself says already.
const quiet = ['login', 'session-locked', 'not-active'];

// login shows one of three forms: "login", "unlock" (whose it is, is known) or
// "takeover". does.enter takes { officer, pin }, does.key asks for a security
// key, does.other leads from unlock to takeover and back.
export function login(mode, does, switchLanguage) {
  const unlock = mode === 'unlock';
  const name = el('input', { type: 'text', class: 'name', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: '32',
    value: unlock ? does.who() : mode === 'login' ? does.last() : '', disabled: unlock, 'aria-label': t('login.officer'), placeholder: t('login.officer'), 'data-test': 'officer' });
  const pin = el('input', { type: 'password', class: 'pin', inputmode: 'numeric', autocomplete: 'off', maxlength: '12', 'aria-label': t('login.pin'), placeholder: t('login.pin'), 'data-test': 'pin' });
  const wrong = el('p', { class: 'wrong', role: 'alert', 'data-test': 'login-problem' });
  const press = (digit) => { pin.value += digit; pin.focus(); };
  const key = (label, run, name) => el('button', { type: 'button', class: 'button', 'aria-label': name ?? label, on: { click: run } }, label);
  const pad = el('div', { class: 'pad' }, ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((d) => key(d, () => press(d))),
    key('C', () => { pin.value = ''; pin.focus(); }, t('login.clear')), key('0', () => press('0')),
    key('⌫', () => { pin.value = pin.value.slice(0, -1); pin.focus(); }, t('login.back')));
  const form = el('form', { on: { submit: (event) => { event.preventDefault(); if (pin.value) does.enter({ officer: name.value.trim(), pin: pin.value }); pin.value = ''; } } },
    el('h1', {}, t(titles[mode])), el('p', { class: 'soft' }, t(leads[mode])), name, pin, wrong, pad,
    el('button', { class: 'button primary', 'data-test': 'login' }, icon('next'), t(mode === 'login' ? 'login.enter' : titles[mode])),
    el('div', { class: 'row' },
      does.keys ? el('button', { type: 'button', class: 'button', 'data-test': 'login-key', on: { click: does.key } }, icon('key', 20), t('login.key')) : null,
      mode === 'login' ? null : el('button', { type: 'button', class: 'button quiet', 'data-test': 'login-other', on: { click: does.other } }, t(unlock ? 'login.other' : 'login.look'))));
  const point = (name, key2) => el('li', {}, icon(name, 24), t(key2));
  const node = el('div', { class: 'login' },
    el('aside', {}, waves(), el('img', { class: 'mark', src: '/icon.svg', alt: '' }), el('h1', {}, 'Trạm'), el('p', {}, t('login.about')),
      el('ul', {}, point('chip', 'login.point-chip'), point('lock', 'login.point-lock'), point('send', 'login.point-send'))),
    el('main', {}, el('button', { type: 'button', class: 'button quiet corner', 'data-test': 'language', on: { click: switchLanguage } },
      icon('globe', 20), lang() === 'vi' ? 'English' : 'Tiếng Việt'), form));
  return {
    node,
    focus: () => (name.value ? pin : name).focus(),
    update(problem) {
      fill(wrong, problem && !quiet.includes(problem.code) ? `${pick(problem.words)}. ${pick(problem.next)}.` : '');
    },
  };
}

// waves is a quiet ornament: rings as on a drum.
function waves() {
  return svg('svg', { viewBox: '0 0 400 400', class: 'waves', 'aria-hidden': 'true' },
    [40, 62, 70, 98, 126, 134, 160, 188, 194].map((r) => svg('circle', { cx: 200, cy: 200, r })),
    Array.from({ length: 14 }, (_, i) => svg('path', { d: 'M200 160 207 200 200 190 193 200z', transform: `rotate(${i * 360 / 14} 200 200)` })));
}
