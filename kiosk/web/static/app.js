// app.js is the page's own loop: it follows the station's snapshots and shows
// the view of the present step. The station is the only truth; nothing is
// decided here.
import * as api from './api.js';
import { el, fill } from './dom.js';
import { loadWords, lang, setLang } from './words.js';
import { heed } from './parts/webcam.js';
import { issueWords } from './parts/banners.js';
import { frame } from './parts/frame.js';
import { askReason, confirmCancel } from './parts/dialogs.js';
import { draftOf, forget, keep } from './parts/drafts.js';
import { menu } from './parts/menu.js';
import { onceMore } from './parts/again.js';
import { showTextSize } from './parts/textsize.js';
import { login } from './views/login.js';
import { welcome } from './views/welcome.js';
import { notice } from './views/notice.js';
import { identity } from './views/identity.js';
import { guardian } from './views/guardian.js';
import { card } from './views/card.js';
import { person } from './views/person.js';
import { request } from './views/request.js';
import { register } from './views/register.js';
import { phone } from './views/phone.js';
import { portrait } from './views/portrait.js';
import { fingers } from './views/fingers.js';
import { family } from './views/family.js';
import { documents } from './views/documents.js';
import { consent } from './views/consent.js';
import { review } from './views/review.js';
import { outcome } from './views/outcome.js';
import { homeOf, mayEnter, rooms } from './views/rooms.js';

const views = {
  idle: welcome, notice, identity, guardian, card, person, request, register, phone, portrait, fingers, family, documents, consent, sign: review, seal: review, done: outcome,
};

const root = document.getElementById('app');
let shown = null; // { step, at, id, once, view, page }; at is the station's step
let latest = null; // the newest snapshot
let problem = null; // of the last command or the connection
let cut = null; // that of the connection, until a snapshot comes
let busy = false;
let door = ''; // '' or the form over a session: 'unlock' or 'takeover'
let room = ''; // '' or the page beside the enrolment that the officer has opened; see rooms.js
let again = null; // a step that is done and is shown once more: { step, at, id }
let stream = null;
const listeners = new Set();

const station = {
  get snapshot() { return latest; },
  get problem() { return problem; },
  devices: [],
  queue: [],
  about: { waiting: 0, notices: [] },
  get room() { return room; },
  get role() { return api.role(); },
  get who() { return api.who(); },
  // enter opens a page beside the enrolment, '' goes back to it, or to the first
  // page of who takes no enrolments.
  enter: (name) => enterRoom(name),
  mayEnter: (name) => mayEnter(name, api.role(), between()),
  // again shows a step that is done once more, '' goes back to the present one.
  again: (step) => showAgain(step),
  // act sends a command and shows its refusal; it answers whether it was accepted.
  // version says which snapshot it is about, where that matters.
  async act(name, args, version) {
    if (busy) return false;
    busy = true;
    try {
      accept(await api.act(name, args, version), true);
      return true;
    } catch (error) {
      return refuse(error);
    } finally {
      busy = false;
      draw();
    }
  },
  // tell sends a command about a device, which does not keep the officer's own
  // commands waiting. A page that only looks on leaves the devices alone.
  async tell(name, args) {
    try {
      accept(await api.act(name, args), true);
    } catch (error) {
      if (!(error instanceof api.Problem)) throw error;
      if (api.loggedIn() && error.code !== 'not-active') refuse(error);
    }
  },
  refuse,
  // settled takes back the refusal of something that has succeeded since.
  settled() { problem = null; },
  redraw: draw,
  // settle takes back what was said of a command that went well at last.
  settle() {
    problem = null;
    draw();
  },
  // relabel draws all anew, in the language that was chosen.
  relabel,
  // listen calls back after each snapshot, until the function that it returns is
  // called: what lies over the page follows the station, too.
  listen(heard) {
    listeners.add(heard);
    return () => listeners.delete(heard);
  },
  acknowledge(issue) {
    askReason(...issueWords(issue), (reason) => station.act('acknowledge', { code: issue.code, reason }));
  },
};

function refuse(error) {
  if (error instanceof api.Problem) problem = error;
  else throw error;
  if (!api.loggedIn()) leave();
  else if (error.code === 'session-locked') shut('unlock');
  else if (error.code === 'not-active') door = 'takeover';
  draw();
  return false;
}

// accept takes a snapshot that is not older than the one shown. One that comes
// after the page was locked or left is nobody's.
function accept(snapshot, answered = false) {
  if (!stream || (latest && snapshot.version < latest.version)) return;
  if (answered || problem?.code === 'daemon' || problem === cut || latest?.step !== snapshot.step) problem = null;
  latest = snapshot;
  if (again && (again.at !== snapshot.step || again.id !== snapshot.id)) again = null;
  if (!mayEnter(room, api.role(), between())) room = homeOf(api.role());
  heed(snapshot.camera, draw);
  draw();
  listeners.forEach((heard) => heard());
}

function draw() {
  const form = api.loggedIn() ? door : 'login';
  if (form) {
    if (shown?.step !== form) show(form, null);
    shown.view.update(problem);
    return;
  }
  if (!latest) return;
  const step = room || again?.step || latest.step;
  const once = Boolean(again) && !room;
  const other = shown?.id !== latest.id;
  if (shown?.step !== step || shown.once !== once || (other && !room)) show(step, latest.id, once);
  else if (other) { // a room stays as it is, and so does what is asked apart from the enrolment
    closeDialogs(':not([data-apart])');
    shown.id = latest.id;
  }
  shown.view.update(latest);
  shown.page.update({ snapshot: latest, problem, busy, view: shown.view });
}

const between = () => latest?.step === 'idle' || latest?.step === 'done';

// enterRoom shows a page beside the enrolment, or what it covers.
function enterRoom(name) {
  room = mayEnter(name, api.role(), between()) ? name : homeOf(api.role());
  problem = null;
  draw();
}

function showAgain(step) {
  const left = again?.step;
  const there = latest?.steps.some((s) => s.name === step) && views[step] !== undefined && step !== latest.step;
  again = there ? { step, at: latest.step, id: latest.id } : null;
  problem = null;
  draw();
  if (left) forget(left); // it was sent, or given up
}

// toggle opens a page, or closes it where it is open.
const toggle = (name) => enterRoom(room === name ? '' : name);

const closeDialogs = (which = '') => document.querySelectorAll(`dialog${which}`).forEach((d) => d.close());

// putAside ends the view that is shown, and keeps what was typed there and can
// still be sent.
function putAside() {
  if (shown?.view.draft && (!latest || (latest.id === shown.id && latest.step === shown.at))) keep(shown.id, shown.at, shown.step, shown.view.draft());
  shown?.view.leave?.();
}

function show(step, id, once = false) {
  putAside();
  closeDialogs();
  if (['login', 'unlock', 'takeover'].includes(step)) {
    const view = login(step, { enter, key: enterByKey, keys: api.keys(), other, who: api.who, last: api.last }, switchLanguage);
    shown = { step, view };
    document.title = 'Trạm';
    fill(root, view.node);
    view.focus?.();
    return;
  }
  const at = once ? again.at : step;
  const made = room ? rooms[room].view(station) : views[step](station, draftOf(id, at, step));
  const view = once ? onceMore(station, step, made) : made;
  const page = shown?.page ?? frame({
    switchLanguage, logout, lock, cancel: () => confirmCancel(() => station.act('cancel')), queue: () => toggle('queue'), lookup: () => toggle('lookup'), menu: () => menu(station), station,
  });
  shown = { step, at, id, once, view, page };
  if (page.node.parentNode !== root) fill(root, page.node);
  page.show(view, step);
}

async function enter(proof) {
  const mode = api.loggedIn() ? door : 'login';
  try {
    problem = null;
    await api.enter(mode, proof);
    door = '';
    start();
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    problem = error;
    draw();
  }
}

async function enterByKey() {
  try {
    await enter(await api.askKey({ for: door === 'unlock' ? 'unlock' : 'login' }));
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    problem = error;
    draw();
  }
}

// other leads from a locked session to the hand-over, and from a hand-over back.
function other() {
  door = door === 'unlock' ? 'takeover' : '';
  problem = null;
  if (latest || door) draw(); else start(); // a locked one shuts again
}

// shut hides what is shown until the session is unlocked: nothing is lost.
function shut(form) {
  stream?.abort();
  stream = null;
  latest = null;
  door = form;
  heed(null, draw);
}

// lock leaves the counter for a while: the session waits for its own officer.
async function lock() {
  shown?.view.leave?.();
  await api.lock().catch(() => {});
  problem = null;
  shut('unlock');
  draw();
}

async function logout() {
  shown?.view.leave?.(); // while its devices still listen to this officer
  await api.logout().catch(() => {});
  problem = null;
  leave();
  draw();
  forget();
}

function leave() {
  stream?.abort();
  stream = null;
  latest = null;
  door = '';
  room = '';
  again = null;
  heed(null, draw);
}

function switchLanguage() {
  setLang(lang() === 'vi' ? 'en' : 'vi');
  relabel();
}

function relabel() {
  putAside();
  shown = null;
  draw();
}

// ended are the answers to a session that is over or locked.
const ended = [401, 423];

// start follows the events and comes back by itself when the stream breaks.
async function start() {
  stream?.abort();
  const mine = new AbortController();
  stream = mine;
  room ||= homeOf(api.role());
  slowly(mine.signal);
  while (!mine.signal.aborted && api.loggedIn()) {
    try {
      await api.follow((snapshot) => accept(snapshot), mine.signal);
    } catch (error) {
      if (mine.signal.aborted) return;
      if (error instanceof api.Problem && ended.includes(error.status)) return void refuse(error);
      problem = cut = error instanceof api.Problem ? error : api.unreachable();
      draw();
    }
    await new Promise((done) => setTimeout(done, 700));
  }
  if (mine.signal.aborted) return;
  leave(); // another request, say a picture's, was told first that the session is over
  draw();
}

// slowly asks now and then for what is not in the snapshot.
async function slowly(signal) {
  while (!signal.aborted && api.loggedIn()) {
    const asked = await Promise.all([api.devices(), api.queue(), api.about()]).catch((error) => error);
    if (ended.includes(asked.status)) return void refuse(asked);
    if (Array.isArray(asked)) {
      [station.devices, station.queue, station.about] = asked;
      draw();
    }
    await new Promise((done) => setTimeout(done, latest?.step === 'done' ? 700 : 3000));
  }
}

// F2 is the next action wherever the focus is; Enter, where no control has it
// and the view takes it. A key that is held down acts once, and one that is
// pressed with another, say Alt+F4, is the browser's.
document.addEventListener('keydown', (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const asked = Object.keys(rooms).find((name) => rooms[name].key === event.key);
  if (asked) {
    event.preventDefault();
    if (latest && !event.repeat && station.mayEnter(asked) && !document.querySelector('dialog[open]')) toggle(asked);
    return;
  }
  const next = event.key === 'F2' || (event.key === 'Enter' && shown?.view.enter && !event.target.closest('button, input, select, textarea, [role="checkbox"]'));
  if (next && !document.querySelector('dialog[open]')) {
    event.preventDefault();
    if (!event.repeat) document.querySelector('[data-next]')?.click();
  }
});

showTextSize();
await loadWords();
if (api.loggedIn()) start();
draw();
if (!shown) fill(root, el('p', { class: 'unseen' }, '…'));
