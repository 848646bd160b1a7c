// needs.js shows what a supervisor has to see: a sign in the bar with the time
// that is left, and the dialog in which the officer asks one elsewhere, or the
// supervisor at the counter agrees. Nobody waits longer than the rules say.
import * as api from '../api.js';
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { nameOf } from './checks.js';
import { chipPhoto } from './chipphoto.js';
import { pinInput } from './pin.js';
import { still } from './still.js';

const grave = ['refused', 'open', 'asked', 'pending', 'approved'];
const signs = { open: 'person', asked: 'clock', approved: 'check', refused: 'cross', pending: 'clock' };
const unsettled = (need) => need.state === 'open' || need.state === 'asked';

// ends are when a wait is over, by this page's own clock; a snapshot that comes
// late never makes the wait longer.
const ends = new Map();

function left(id, need) {
  if (!unsettled(need) || need.seconds_left === 0) return 0;
  const key = `${id} ${need.id}`;
  const end = Math.min(ends.get(key) ?? Infinity, performance.now() + need.seconds_left * 1000);
  ends.set(key, end);
  return Math.max(0, Math.ceil((end - performance.now()) / 1000));
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

// gravest is the exception that the officer has to know of first.
const gravest = (needs) => grave.map((state) => needs.find((n) => n.state === state)).find(Boolean);

// needSign is the sign in the bar.
export function needSign(station) {
  const words = el('span');
  const time = el('span', { class: 'number', 'aria-hidden': 'true', 'data-test': 'need-time' });
  const mark = el('span', { class: 'mark' });
  const said = el('span', { class: 'unseen', role: 'status' });
  const button = el('button', { type: 'button', class: 'button need', 'data-test': 'needs', on: { click: () => needDialog(station) } }, mark, words, time);
  const node = el('div', { class: 'hidden' }, button, said);
  let timer = 0;
  function update({ id, exceptions, step }) {
    const need = gravest(exceptions);
    clearInterval(timer);
    node.classList.toggle('hidden', !need || step === 'done' || step === 'seal');
    if (!need) {
      ends.clear();
      said.textContent = '';
      return;
    }
    button.dataset.state = need.state;
    if (mark.dataset.state !== need.state) fill(mark, icon(signs[need.state], 20));
    mark.dataset.state = need.state;
    words.textContent = t(`needs.sign-${need.state}`);
    const text = `${pick(need.words)}. ${pick(need.next)}`;
    if (said.textContent !== text) said.textContent = text;
    button.title = text;
    const seconds = left(id, need);
    time.textContent = seconds > 0 ? clock(seconds) : '';
    if (seconds > 0) timer = setInterval(() => station.snapshot && update(station.snapshot), 1000);
  }
  return { node, update };
}

// listed leaves out what stands beside its finger already.
const listed = (needs) => needs.filter((n) => n.state !== 'approved' || !n.id.startsWith('finger-'));

// needList shows each exception and where it stands, say in the review.
export const needList = (station, { exceptions }) => (listed(exceptions).length === 0 ? null : el('ul', { class: 'needs', 'data-test': 'need-list' }, listed(exceptions).map((need) => el('li', { class: need.state, 'data-test': `need-${need.id}` },
  el('span', { class: 'mark' }, icon(signs[need.state], 18)),
  el('div', {}, el('b', {}, pick(need.words)), el('small', {}, [t(`needs.state-${need.state}`), need.by].filter(Boolean).join(': '))),
  need.state === 'approved' ? null : el('button', { type: 'button', class: 'button small', 'data-test': `need-open-${need.id}`, on: { click: () => needDialog(station, need.id) } }, t('needs.open'))))));

// needDialog shows the exceptions, the one that was asked for first.
export function needDialog(station, first = '') {
  const body = el('div', { class: 'stack' });
  const wrong = el('p', { class: 'wrong', role: 'alert', 'data-test': 'need-problem' });
  const tabs = el('div', { class: 'tabs', role: 'tablist' });
  const dialog = el('dialog', { class: 'widest', 'data-test': 'need-dialog', 'aria-label': t('needs.title'), on: { close: () => { clearInterval(timer); deaf(); dialog.remove(); } } },
    el('h2', {}, t('needs.title')), tabs, body, wrong,
    el('div', { class: 'row' }, el('button', { type: 'button', class: 'button', 'data-test': 'need-close', on: { click: () => dialog.close() } }, t('queue.close'))));
  let chosen = '';
  let part = null;
  document.body.append(dialog);
  dialog.showModal();
  const deaf = station.listen(update);
  const timer = setInterval(() => part?.tick(), 1000);

  function choose(id) {
    chosen = id;
    complain('');
    part = needPart(station, id, { complain, settled });
    fill(body, part.node);
    update();
    part.focus();
  }
  function update() {
    const { exceptions } = station.snapshot ?? { exceptions: [] };
    const need = exceptions.find((n) => n.id === chosen);
    if (!need) return dialog.close();
    tabs.classList.toggle('hidden', exceptions.length < 2);
    const mark = exceptions.map((n) => n.id + n.state).join() + chosen;
    if (tabs.dataset.mark !== mark) {
      tabs.dataset.mark = mark;
      fill(tabs, exceptions.map((n) => el('button', { type: 'button', role: 'tab', 'aria-selected': String(n.id === chosen), 'data-test': `need-tab-${n.id}`, on: { click: () => choose(n.id) } }, icon(signs[n.state], 18), pick(n.words))));
    }
    return part.update(need);
  }
  function complain(text) {
    if (wrong.textContent !== text) wrong.textContent = text;
  }
  // settled goes on with the next one, or closes.
  function settled() {
    const next = station.snapshot.exceptions.find((n) => unsettled(n) || n.state === 'refused');
    if (next) choose(next.id);
    else dialog.close();
  }
  choose(first || gravest(station.snapshot.exceptions)?.id);
}

// needPart is one exception: what there is to see, and who may decide.
function needPart(station, id, { complain, settled }) {
  const seen = evidence(station, id, () => update());
  const state = el('div', { class: 'note' });
  const time = el('b', { class: 'number', role: 'timer', 'data-test': 'need-left' });
  const reasons = el('fieldset', { class: 'stack tight' }, el('legend', {}, t('needs.reason')), station.snapshot.rules.exception_reasons.map((r) => el('label', { class: 'tick radio' },
    el('input', { type: 'radio', name: 'need-reason', value: r.code, 'data-test': `need-reason-${r.code}`, on: { change: () => update() } }), el('span', {}, pick(r.words)))));
  const reason = () => reasons.querySelector('input:checked')?.value ?? '';
  const form = proofForm(() => update(), approve, complain);
  const ask = el('button', { type: 'button', class: 'button', 'data-test': 'need-ask', on: { click: () => send('exception-ask', { id, ...(reason() ? { reason: reason() } : {}) }) } }, icon('send', 20), t('needs.ask'));
  const away = el('div', { class: 'away' }, el('p', { class: 'soft' }, t('needs.away')), ask);
  const node = el('div', { class: 'deciding' }, el('div', { class: 'stack' }, seen.node, state, away), el('div', { class: 'stack' }, reasons, form.node));
  const find = () => station.snapshot?.exceptions.find((n) => n.id === id);

  function update(need = find()) {
    if (!need) return;
    seen.update(need);
    state.className = `note ${{ approved: 'good', refused: 'bad' }[need.state] ?? 'unsure'}`;
    fill(state, el('span', { class: 'sign' }, icon(signs[need.state], 22)), el('div', {}, el('b', {}, t(`needs.state-${need.state}`)), el('span', {}, pick(need.next)), time));
    tick(need);
    for (const part of [reasons, form.node]) part.classList.toggle('hidden', need.state === 'approved');
    away.classList.toggle('hidden', need.state !== 'open');
    form.ready(reason() !== '' && seen.ready(need));
  }
  function tick(need = find()) {
    const seconds = need ? left(station.snapshot.id, need) : 0;
    time.textContent = seconds > 0 ? t('needs.left', { time: clock(seconds) }) : '';
  }
  async function send(name, args) {
    complain('');
    if (await station.act(name, args)) return true;
    const { words, next } = station.problem ?? {};
    complain([pick(words), pick(next)].filter(Boolean).join('. '));
    return false;
  }
  async function approve(proof) {
    if (await send('exception-approve', { id, reason: reason(), ...seen.args(), ...proof })) settled();
    else update();
  }
  return { node, update, tick, focus: () => reasons.querySelector('input')?.focus() };
}

// proofForm takes who the supervisor is: a name and a PIN, which are in the one
// command and nowhere else, or a security key.
function proofForm(changed, approve, complain) {
  const officer = el('input', { type: 'text', autocomplete: 'off', maxlength: '60', 'data-test': 'need-supervisor', on: { input: changed } });
  const pin = pinInput({ 'data-test': 'need-pin', on: { input: changed } });
  const go = el('button', { class: 'button primary', 'data-test': 'need-go' }, icon('pen', 20), t('needs.go'));
  const key = api.keys() ? el('button', { type: 'button', class: 'button', 'data-test': 'need-key', on: { click: byKey } }, icon('key', 20), t('needs.key')) : null;
  function byPIN(event) {
    event.preventDefault();
    if (go.disabled) return;
    const proof = { officer: officer.value.trim(), pin: pin.value };
    pin.value = '';
    approve(proof);
  }
  async function byKey() {
    try {
      await approve(await api.askKey({ for: 'approve', command: 'exception-approve' }));
    } catch (error) {
      if (!(error instanceof api.Problem)) throw error;
      complain([pick(error.words), pick(error.next)].join('. '));
    }
  }
  const node = el('form', { class: 'stack', on: { submit: byPIN } }, el('p', { class: 'soft' }, t('needs.here')),
    el('div', { class: 'pair' }, el('label', { class: 'field' }, el('span', {}, t('exception.supervisor')), officer), el('label', { class: 'field' }, el('span', {}, t('exception.pin')), pin)),
    el('div', { class: 'row' }, key, go));
  return {
    node,
    ready(all) {
      go.disabled = !all || officer.value.trim() === '' || pin.value === '';
      if (key) key.disabled = !all;
    },
  };
}

// evidence is what a supervisor looks at before deciding: the two portraits, the
// hand, or the list of what failed.
function evidence(station, id, loaded) {
  const finger = /^finger-(\d+)$/.exec(id)?.[1];
  if (finger) return handEvidence(station, finger, loaded);
  if (id === 'face') return faceEvidence(station);
  const list = el('ul', { class: 'failed' });
  return {
    node: list,
    update() {
      const { checks, issues } = station.snapshot;
      const rows = id === 'register' ? issues.filter((i) => i.code.startsWith('register:')).map((i) => pick(i.words))
        : checks.filter((c) => c.outcome === 'failed' && !c.check.startsWith('register')).map((c) => `${nameOf(c)}: ${pick(c.reason)}`);
      fill(list, rows.map((row) => el('li', {}, icon('cross', 20), el('span', {}, row))));
    },
    ready: () => true,
    args: () => ({}),
  };
}

// handEvidence is the hand without the finger: nobody agrees to a picture that
// is not shown.
function handEvidence(station, finger, loaded) {
  const picture = still(`/api/image/exception-${finger}`, t('exception.photo'), 'camera');
  const why = el('p');
  return {
    node: el('figure', { class: 'proof' }, picture.node, why),
    update(need) {
      why.textContent = pick(station.snapshot.fingers.find((f) => String(f.finger) === finger)?.exception?.reason);
      picture.node.classList.toggle('hidden', !need.picture);
      if (picture.shown !== (need.picture ?? '')) picture.refresh(need.picture ?? '').then(() => picture.shown === need.picture && loaded());
    },
    ready: (need) => picture.shown === (need.picture ?? ''),
    args: () => (picture.shown ? { picture: picture.shown } : {}),
  };
}

function faceEvidence(station) {
  const chip = chipPhoto();
  const face = still('/api/image/portrait', t('portrait.title'));
  const figure = (picture, label) => el('figure', {}, picture, el('figcaption', {}, label));
  return {
    node: el('div', { class: 'two' }, figure(chip.node, t('review.chip-face')), figure(face.node, t('review.portrait'))),
    update() {
      chip.update(station.snapshot);
      face.refresh(`${station.snapshot.id}-${station.snapshot.portrait.tries}`);
    },
    ready: () => true,
    args: () => ({}),
  };
}
