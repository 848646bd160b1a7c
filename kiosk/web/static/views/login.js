// login.js takes the officer's PIN, by keyboard or by touch.
import { el, fill, icon, svg } from '../dom.js';
import { lang, pick, t } from '../words.js';

export function login(enter, switchLanguage) {
  const pin = el('input', { type: 'password', class: 'pin', inputmode: 'numeric', autocomplete: 'off', maxlength: '12', 'aria-label': t('login.pin'), 'data-test': 'pin' });
  const wrong = el('p', { class: 'wrong', role: 'alert', 'data-test': 'login-problem' });
  const press = (digit) => { pin.value += digit; pin.focus(); };
  const key = (label, run, name) => el('button', { type: 'button', class: 'button', 'aria-label': name ?? label, on: { click: run } }, label);
  const pad = el('div', { class: 'pad' }, ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((d) => key(d, () => press(d))),
    key('C', () => { pin.value = ''; pin.focus(); }, t('login.clear')), key('0', () => press('0')),
    key('⌫', () => { pin.value = pin.value.slice(0, -1); pin.focus(); }, t('login.back')));
  const form = el('form', { on: { submit: (event) => { event.preventDefault(); if (pin.value) enter(pin.value); pin.value = ''; } } },
    el('h1', {}, t('login.title')), el('p', { class: 'soft' }, t('login.lead')), pin, wrong, pad,
    el('button', { class: 'button primary', 'data-test': 'login' }, icon('next'), t('login.enter')));
  const point = (name, key2) => el('li', {}, icon(name, 24), t(key2));
  const node = el('div', { class: 'login' },
    el('aside', {}, waves(), el('img', { class: 'mark', src: '/icon.svg', alt: '' }), el('h1', {}, 'Trạm'), el('p', {}, t('login.about')),
      el('ul', {}, point('chip', 'login.point-chip'), point('lock', 'login.point-lock'), point('send', 'login.point-send'))),
    el('main', {}, el('button', { type: 'button', class: 'button quiet corner', 'data-test': 'language', on: { click: switchLanguage } },
      icon('globe', 20), lang() === 'vi' ? 'English' : 'Tiếng Việt'), form));
  return {
    node,
    focus: () => pin.focus(),
    update(problem) {
      fill(wrong, problem && problem.code !== 'login' ? `${pick(problem.words)}. ${pick(problem.next)}.` : '');
    },
  };
}

// waves is a quiet ornament: rings as on a drum.
function waves() {
  return svg('svg', { viewBox: '0 0 400 400', class: 'waves', 'aria-hidden': 'true' },
    [40, 62, 70, 98, 126, 134, 160, 188, 194].map((r) => svg('circle', { cx: 200, cy: 200, r })),
    Array.from({ length: 14 }, (_, i) => svg('path', { d: 'M200 160 207 200 200 190 193 200z', transform: `rotate(${i * 360 / 14} 200 200)` })));
}
