// login.js takes a name and a PIN, by keyboard or by touch, or a security key:
// to begin a session, to unlock one, or to take the enrolment over.
import { el, fill, icon, svg } from '../dom.js';
import { lang, pick, t } from '../words.js';
import { pinInput } from '../parts/pin.js';

const titles = { login: 'login.title', unlock: 'login.unlock', takeover: 'login.takeover' };
const leads = { login: 'login.lead', unlock: 'login.lead-unlock', takeover: 'login.lead-takeover' };
// What the form itself says already.
const quiet = ['login', 'session-locked', 'not-active'];

// login shows one of three forms: "login", "unlock" (whose it is, is known) or
// "takeover". does.enter takes { officer, pin }, does.key asks for a security
// key, does.other leads from unlock to takeover and back.
export function login(mode, does, switchLanguage) {
  const unlock = mode === 'unlock';
  const name = el('input', { type: 'text', class: 'name', id: 'login-name', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: '32',
    value: unlock ? does.who() : mode === 'login' ? does.last() : '', disabled: unlock, 'data-test': 'officer' });
  const pin = pinInput({ class: 'pin', id: 'login-pin', 'aria-describedby': 'login-problem', 'data-test': 'pin' });
  const wrong = el('p', { class: 'wrong', id: 'login-problem', role: 'alert', 'data-test': 'login-problem' });
  const go = el('button', { class: 'button primary', 'data-test': 'login' });
  const pad = keypad(pin);
  const wait = countdown(locked, () => pin.focus());
  name.addEventListener('input', wait.stop); // the lock is one person's
  let checking = false;
  let told = null; // the problem that is shown

  function locked(yes) {
    for (const control of [pin, go, ...pad.querySelectorAll('button')]) control.disabled = yes;
  }

  function label() {
    fill(go, icon('next'), t(checking ? 'login.checking' : mode === 'login' ? 'login.enter' : titles[mode]));
  }

  async function submit(event) {
    event.preventDefault();
    if (checking || pin.value === '') return void pin.focus();
    const proof = { officer: name.value.trim(), pin: pin.value.replace(/\s/g, '') };
    pin.value = '';
    checking = true;
    label();
    try {
      await does.enter(proof);
    } finally {
      checking = false;
      label();
    }
  }

  label();
  const form = el('form', { on: { submit } },
    el('h1', {}, t(titles[mode])), el('p', { class: 'soft' }, t(leads[mode])),
    el('div', { class: 'field' }, el('label', { for: 'login-name' }, t('login.officer')), name),
    el('div', { class: 'field' }, el('label', { for: 'login-pin' }, t('login.pin-six')), pin),
    wrong, wait.node, pad, go, ways(mode, does));
  const node = el('div', { class: 'login' }, aside(mode),
    el('main', {}, el('button', { type: 'button', class: 'button quiet corner', lang: lang() === 'vi' ? 'en' : 'vi', 'data-test': 'language', on: { click: switchLanguage } },
      icon('globe', 20), lang() === 'vi' ? 'English' : 'Tiếng Việt'), form));
  return {
    node,
    focus: () => (name.value ? pin : name).focus(),
    leave: wait.stop,
    update(problem) {
      if (problem === told) return;
      told = problem;
      const loud = problem && !quiet.includes(problem.code);
      fill(wrong, loud ? `${pick(problem.words)}. ${pick(problem.next)}.` : '');
      pin.setAttribute('aria-invalid', String(problem?.code === 'wrong-pin'));
      if (problem?.code === 'locked' && problem.wait > 0) wait.start(problem.wait);
      else wait.stop();
    },
  };
}

// ways are the other ways in and out of the form.
function ways(mode, does) {
  return el('div', { class: 'row' },
    does.keys ? el('button', { type: 'button', class: 'button', 'data-test': 'login-key', on: { click: does.key } }, icon('key', 20), t('login.key')) : null,
    mode === 'login' ? null : el('button', { type: 'button', class: 'button quiet', 'data-test': 'login-other', on: { click: does.other } }, t(mode === 'unlock' ? 'login.other' : 'login.look')));
}

// keypad writes digits where there is no keyboard at hand.
function keypad(pin) {
  const key = (label, run, name) => el('button', { type: 'button', class: 'button', 'aria-label': name ?? label, on: { click: () => { run(); pin.focus(); } } }, label);
  return el('div', { class: 'pad', role: 'group', 'aria-label': t('login.pad') },
    ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((digit) => key(digit, () => { pin.value += digit; })),
    key('C', () => { pin.value = ''; }, t('login.clear')), key('0', () => { pin.value += '0'; }),
    key('⌫', () => { pin.value = pin.value.slice(0, -1); }, t('login.back')));
}

// countdown shows how long wrong PINs keep the form locked, and calls over at the
// end. The station decides; the page only spares the officer a try that would be
// refused. It counts by a clock that nobody sets.
function countdown(locked, over) {
  const left = el('b', { class: 'number', 'data-test': 'login-wait' });
  const node = el('p', { class: 'lockout hidden', role: 'timer' }, icon('clock', 20), t('login.wait'), left);
  let ends = 0;
  let tick = 0;
  function draw() {
    const seconds = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    if (seconds > 0) return;
    stop();
    over();
  }
  function start(seconds) {
    stop();
    ends = performance.now() + seconds * 1000;
    tick = setInterval(draw, 250);
    node.classList.remove('hidden');
    locked(true);
    draw();
  }
  function stop() {
    if (tick === 0) return;
    clearInterval(tick);
    tick = 0;
    node.classList.add('hidden');
    locked(false);
  }
  return { node, start, stop };
}

// steps are what somebody has to know who sits here for the first time.
const steps = [['person', 'login.first-id'], ['lock', 'login.first-pin'], ['key', 'login.first-key'], ['question', 'login.first-help']];

function aside(mode) {
  const list = mode === 'login' ? steps : [['inbox', 'login.kept'], ['person', 'login.own'], ['again', 'login.shift']];
  return el('aside', {}, waves(), el('div', { class: 'brandmark' }, el('img', { class: 'mark', src: '/icon.svg', alt: '' }), el('b', {}, 'Trạm')),
    el('p', {}, t('login.about')),
    el('h2', {}, t(mode === 'login' ? 'login.first' : 'login.safe')),
    el('ol', {}, list.map(([sign, key]) => el('li', {}, icon(sign, 24), t(key)))));
}

// waves is a quiet ornament: rings as on a drum.
function waves() {
  return svg('svg', { viewBox: '0 0 400 400', class: 'waves', 'aria-hidden': 'true' },
    [40, 62, 70, 98, 126, 134, 160, 188, 194].map((r) => svg('circle', { cx: 200, cy: 200, r })),
    Array.from({ length: 14 }, (_, i) => svg('path', { d: 'M200 160 207 200 200 190 193 200z', transform: `rotate(${i * 360 / 14} 200 200)` })));
}
