// exception.js takes down why a finger is not there: the fingers and the
// reason, a picture of the hand where the rules ask for one, and the
// supervisor's signature.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { fingerName, inside } from './facts.js';
import { hands } from './hand.js';
import { pinInput } from './pin.js';
import { live, still } from './still.js';
import { lacks } from './units.js';
import * as webcam from './webcam.js';

// declare begins with the choice of fingers and reason.
export const declare = (station, fingers) => wizard(station, fingers, choosePart);

// finish goes on with exceptions that still need a photo or a signature.
export const finish = (station, fingers) => wizard(station, fingers, null);

function wizard(station, fingers, first) {
  const body = el('div', { class: 'stack', on: { keydown(event) {
    if (event.key === 'Enter' && event.target.type === 'radio') body.querySelector('.button.primary:enabled')?.click();
  } } });
  const wrong = el('p', { class: 'wrong', role: 'alert', 'data-test': 'exception-problem' });
  let part = null;
  const box = el('dialog', { 'data-test': 'exception-dialog', on: { close: () => { part?.leave?.(); deaf(); box.remove(); } } }, body, wrong);
  document.body.append(box);
  box.showModal();
  const deaf = station.listen(() => part?.update?.());
  const it = {
    station, fingers,
    complain(text) {
      if (wrong.textContent !== text) wrong.textContent = text;
    },
    names: (list) => list.map((n) => inside(fingerName(find(station, n)))).join(', '),
    // run sends one command a finger, with what args gives for it, and says here
    // what was refused: the page behind can not be seen.
    async run(list, name, args) {
      it.complain('');
      for (const finger of list) {
        if (await station.act(name, { ...args?.(finger), finger })) continue;
        const { words, next } = station.problem ?? {};
        it.complain([pick(words), pick(next)].filter(Boolean).join('. '));
        return false;
      }
      return true;
    },
    go(make) {
      part?.leave?.();
      part = (make ?? coming(it))?.(it) ?? null;
      if (!part) return box.close();
      box.setAttribute('aria-label', part.title);
      box.className = part.width ?? '';
      fill(body, el('h2', {}, part.title), part.node, el('div', { class: 'row' },
        el('button', { type: 'button', class: 'button', 'data-test': 'exception-back', on: { click: () => box.close() } }, t('reason.back')), part.buttons));
      part.focus?.();
    },
  };
  it.go(first);
}

const find = (station, number) => station.snapshot.fingers.find((f) => f.finger === number);

// coming is the part that the exceptions still need; null when they are whole.
function coming({ station, fingers }) {
  const open = fingers.map((n) => find(station, n)).filter((f) => f?.exception);
  const unseen = open.find((f) => lacks(f) === 'photo');
  if (unseen) return (it) => photoPart(it, unseen.finger);
  const unsigned = open.filter((f) => lacks(f) === 'supervisor').map((f) => f.finger);
  return unsigned.length > 0 ? (it) => signPart(it, unsigned) : null;
}

const button = (label, name, run, disabled = false) => el('button', { type: 'button', class: 'button primary', 'data-test': name, disabled, on: { click: run } }, label);

function choosePart(it) {
  const { station } = it;
  const chosen = new Set(it.fingers);
  const offered = new Set(station.snapshot.fingers.map((f) => f.finger));
  let reason = '';
  const said = el('p', { class: 'soft', 'aria-live': 'polite', 'data-test': 'picked' });
  const drawing = hands({
    label: (n) => fingerName(find(station, n)),
    offered,
    run(number) {
      if (!chosen.delete(number)) chosen.add(number);
      draw();
    },
  });
  const go = button(t('exception.go'), 'exception-go', async () => {
    it.fingers = [...chosen];
    if (await it.run(it.fingers, 'finger-exception', () => ({ reason }))) it.go();
  }, true);
  const reasons = station.snapshot.rules.finger_reasons.map((r) => el('label', { class: 'tick radio' },
    el('input', { type: 'radio', name: 'finger-reason', value: r.code, 'data-test': `choose-${r.code}`, on: { change: () => { reason = r.code; draw(); } } }),
    el('span', {}, el('b', {}, pick(r.words)), needs(r))));
  const draw = () => {
    drawing.update(new Map([...offered].map((n) => [n, chosen.has(n) ? 'chosen' : 'wanted'])));
    said.textContent = chosen.size > 0 ? t('exception.picked', { list: it.names([...chosen].sort((a, b) => a - b)) }) : t('exception.pick');
    go.disabled = chosen.size === 0 || reason === '';
  };
  draw();
  return {
    title: t('exception.title'), width: 'widest', buttons: go,
    node: el('div', { class: 'excepting' }, el('div', { class: 'stack' }, drawing.node, said), el('fieldset', { class: 'stack', 'aria-label': t('exception.reason') }, reasons)),
    focus: () => reasons[0]?.querySelector('input').focus(),
  };
}

// needs says what a reason asks for.
const needs = (r) => [r.photo ? t('exception.needs-photo') : '', r.supervisor ? t('exception.needs-supervisor') : ''].filter(Boolean).join(' · ');

// photoPart shows the camera over the hand, and the picture once it is taken.
function photoPart(it, finger) {
  const { station } = it;
  const camera = live(t('exception.photo'));
  const box = el('div', { class: 'live photo' });
  const row = el('div', { class: 'row' });
  const taken = still(`/api/image/exception-${finger}`, t('exception.photo'), 'camera');
  const picture = () => find(station, finger)?.exception?.picture;
  const take = button(t('exception.take'), 'photo-take', shoot, true);
  const again = el('button', { type: 'button', class: 'button', 'data-test': 'photo-again', on: { click: film } }, icon('again', 20), t('exception.again'));
  const keep = button(t('exception.keep'), 'photo-keep', () => it.go());
  let state = ''; // "film", "shoot" or "look"
  const show = (to, seen, ...buttons) => {
    state = to;
    fill(box, seen);
    fill(row, buttons);
  };
  function film() {
    show('film', camera.canvas, take);
    camera.start();
    station.tell('finger-camera', { on: true });
  }
  async function shoot() {
    state = 'shoot';
    take.disabled = true;
    if (!await it.run([finger], 'finger-photo')) state = 'film';
    update();
  }
  function look() {
    camera.stop();
    show('look', taken.node, again, keep);
    keep.focus();
  }
  function update() {
    const { hand } = station.snapshot.prints;
    take.disabled = state !== 'film' || hand.state !== 'live';
    it.complain(trouble(station.snapshot));
    if (state === 'film' && !take.disabled && !row.contains(document.activeElement)) take.focus();
    if (state === 'shoot' && hand.state === 'off' && picture()) look();
    if (state === 'look') taken.refresh(picture() ?? '');
  }
  return {
    title: t('exception.photo-title', { finger: it.names([finger]) }), width: 'wide', buttons: row, update,
    node: el('div', { class: 'stack' }, el('p', { class: 'soft' }, t('exception.photo-text')), box),
    focus: film,
    leave() {
      camera.stop();
      if (state === 'film' || state === 'shoot') station.tell('finger-camera', { on: false });
    },
  };
}

// trouble is what keeps the camera from filming.
function trouble({ error }) {
  if (webcam.problem()) return `${t(`webcam.${webcam.problem()}`)}. ${t(`webcam-next.${webcam.problem()}`)}`;
  return error?.code === 'no-camera' ? `${pick(error.words)}. ${pick(error.next)}` : '';
}

// signPart shows what is signed for, and takes the supervisor's name and PIN;
// the PIN is in the field and in the one command, nowhere else.
function signPart(it, fingers) {
  const { station } = it;
  const officer = el('input', { type: 'text', autocomplete: 'off', maxlength: '60', 'data-test': 'supervisor' });
  const pin = pinInput({ 'data-test': 'supervisor-pin' });
  const go = el('button', { class: 'button primary', form: 'supervisor-form', 'data-test': 'supervisor-go', disabled: true }, icon('pen', 20), t('exception.sign'));
  const proofs = new Map(fingers.map((n) => [n, proof(it, n, changed)]));
  const open = () => fingers.filter((n) => lacks(find(station, n) ?? {}) === 'supervisor');
  function changed() {
    go.disabled = officer.value.trim() === '' || pin.value === '' || !open().every((n) => proofs.get(n).seen());
  }
  const form = el('form', { id: 'supervisor-form', class: 'stack', on: { input: changed, submit: async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    const who = { officer: officer.value.trim(), pin: pin.value };
    const marks = new Map(open().map((n) => [n, proofs.get(n).mark()])); // a later picture was not looked at
    pin.value = '';
    changed();
    if (await it.run([...marks.keys()], 'finger-approve', (n) => ({ ...who, picture: marks.get(n) }))) it.go();
    else pin.focus();
  } } },
  el('div', { class: 'proofs' }, [...proofs.values()].map((p) => p.node)),
  el('p', { class: 'soft' }, t('exception.sign-text')),
  el('div', { class: 'pair' },
    el('label', { class: 'field' }, el('span', {}, t('exception.supervisor')), officer),
    el('label', { class: 'field' }, el('span', {}, t('exception.pin')), pin)));
  function update() {
    if (open().filter((n) => proofs.get(n).update()).length > 0) {
      pin.value = '';
      it.complain(t('exception.changed'));
    }
    changed();
  }
  update();
  return { title: t('exception.sign-title', { fingers: it.names(fingers) }), width: fingers.length > 3 ? 'widest' : 'wide', node: form, buttons: go, focus: () => officer.focus(), update };
}

// proof is what a supervisor signs for: a finger, the reason, and the picture of
// the hand. loaded is called when another picture is shown.
function proof(it, n, loaded) {
  const now = () => find(it.station, n)?.exception;
  const name = fingerName(find(it.station, n));
  const picture = still(`/api/image/exception-${n}`, `${t('exception.photo')}: ${inside(name)}`, 'camera');
  const again = el('button', { type: 'button', class: 'button small', 'data-test': `photo-again-${n}`, on: { click: () => it.go(() => photoPart(it, n)) } }, icon('again', 18), t('exception.again'));
  const { reason, picture: first } = now();
  let mark = first;
  return {
    node: el('figure', { 'data-test': `proof-${n}` }, mark ? picture.node : null,
      el('figcaption', {}, el('span', {}, el('b', {}, name), pick(reason)), mark ? again : null)),
    mark: () => picture.shown,
    seen: () => picture.shown === (now()?.picture ?? ''),
    // update follows the picture, and reports whether it was replaced.
    update() {
      const before = mark;
      mark = now()?.picture ?? '';
      if (first) picture.refresh(mark).then(loaded);
      return mark !== before;
    },
  };
}
