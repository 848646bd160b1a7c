// app.js is the loop of the citizen's own screen: it follows what the station
// shows the citizen, and nothing else. What one citizen saw or typed is gone
// from this page before the next one sits down.
import { Problem, forget as forgetOfficer } from '../api.js';
import { lang, loadWords, speak } from '../words.js';
import * as line from './line.js';
import { callOfficer } from './call.js';
import { shell } from './shell.js';
import { screens } from './screens.js';

const root = document.getElementById('app');
let view = null; // what the station shows now; null: nothing is known
let shown = null; // { key, name, id, screen, draft }
let kept = null; // { key, draft }: what is shown no more since the line broke, for a moment
let page = shell({ switchLanguage });
let problem = null; // of the last command
let busy = false;
let stream = null;
let joining = false;

const moment = 120_000; // ms for which what was typed waits for the line

const desk = {
  get view() { return view; },
  get problem() { return problem; },
  // draft holds what the citizen has typed on the present screen, and goes with it.
  get draft() { return shown.draft; },
  redraw: draw,
  // renew builds the present screen anew, with what was typed on it.
  renew,
  enter: join,
  // act sends a command; it answers whether it was accepted.
  act: (name, args, version) => attempt((enrolment) => line.act(enrolment, name, args, version)),
  // sign uploads the signature's picture first, and names it in the command.
  sign: (draw, args) => attempt(async (enrolment) => line.act(enrolment, 'consent', { ...args, signature: await line.upload(enrolment, await draw()) })),
};

async function attempt(send) {
  if (busy || !view) return false;
  const key = shown.key;
  busy = true;
  problem = null;
  draw();
  try {
    answered(await send(view.id));
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (!line.entered()) lost();
    else if (shown.key === key) problem = error;
    return false;
  } finally {
    busy = false;
    draw();
  }
}

// screenNow is what stands on the page: the station's word, or that there is none.
function screenNow() {
  if (!line.entered()) return 'enter';
  return view ? view.screen : 'away';
}

function draw() {
  const name = screens[screenNow()] ? screenNow() : 'wait';
  const key = `${name} ${view?.id ?? ''}`;
  if (shown?.key !== key) show(key, name);
  page.update({ screen: shown.screen, view, problem, busy });
}

// show puts a screen in the place of another, of which nothing stays.
function show(key, name) {
  shown?.screen.leave?.();
  problem = null;
  if (name === 'blank' && shown) say('vi'); // the next citizen begins in Vietnamese
  const draft = waited(key, name);
  shown = { key, name, id: view?.id, draft };
  place();
}

// waited is what was typed on a screen that comes back after the line broke. It
// waits out of sight, not for long, and no other screen gets it.
function waited(key, name) {
  if (name === 'away' && shown?.id) {
    const mine = { key: shown.key, draft: shown.draft };
    kept = mine;
    setTimeout(() => { if (kept === mine) kept = null; }, moment);
  }
  if (!view) return {};
  const draft = kept?.key === key ? kept.draft : {};
  kept = null;
  return draft;
}

function place() {
  shown.screen = screens[shown.name](desk);
  if (page.node.parentNode !== root) root.replaceChildren(page.node);
  page.show(shown.screen, shown.name);
}

function say(language) {
  if (lang() === language) return;
  speak(language);
  page = shell({ switchLanguage });
}

function renew() {
  shown.screen.leave?.();
  place();
  draw();
}

function switchLanguage() {
  say(lang() === 'vi' ? 'en' : 'vi');
  renew();
}

function accept(next) {
  if (view?.screen !== next.screen || view?.id !== next.id) problem = null;
  view = next;
  draw();
}

// answered shows what a command led to. The stream has the last word: after it
// said that the page is blank, nothing that comes late brings data back.
function answered(next) {
  if (view && next.id === view.id && next.version > view.version) accept(next);
}

// lost clears the page: this window's right is over, or the station is silent.
function lost() {
  view = null;
  if (!line.entered()) stream?.abort();
  officer.tell();
  draw();
}

// join lets this window in by a code of the officer's page.
async function join(code) {
  if (joining) return;
  joining = true;
  problem = null;
  try {
    await line.enter(code);
    view = null;
    follow();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem = error;
    if (shown?.name === 'enter') shown.draft.digits = '';
  } finally {
    joining = false;
    officer.tell();
    draw();
  }
}

// follow listens to the station, and comes back by itself when the line breaks.
async function follow() {
  stream?.abort();
  const mine = new AbortController();
  stream = mine;
  while (!mine.signal.aborted && line.entered()) {
    try {
      await line.follow((next) => { if (!mine.signal.aborted) accept(next); }, mine.signal);
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof Problem) && !(error instanceof TypeError)) reportError(error);
    }
    if (mine.signal.aborted) return;
    lost();
    if (line.entered()) await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}

const officer = callOfficer({ on: line.entered, known: line.wasEntered, join });

// fromAddress takes the code that the officer's page opened this window with,
// and leaves none in the address.
function fromAddress() {
  const code = /^#(\d{8})$/.exec(location.hash)?.[1];
  if (location.hash) history.replaceState(null, '', location.pathname);
  if (code) join(code);
  return code !== undefined;
}

addEventListener('hashchange', fromAddress);
addEventListener('contextmenu', (event) => event.preventDefault()); // a finger that rests is no wish for the browser's menu
addEventListener('keydown', (event) => {
  if (event.repeat && ['F2', 'Enter'].includes(event.key)) return void event.preventDefault(); // one press is one answer
  if (event.key !== 'F2' && !(event.key === 'Enter' && !event.target.closest('button'))) return;
  event.preventDefault();
  root.querySelector('[data-next]')?.click();
});

forgetOfficer(); // a window that citizens touch keeps no officer's token
speak('vi');
await loadWords(['citizen', 'fingers', 'line']);
page = shell({ switchLanguage });
if (!fromAddress() && line.entered()) follow();
officer.tell();
draw();
