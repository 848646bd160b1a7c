// second.js is the officer's side of the citizen's own screen: a button with its
// state, and the code that lets a window in.
import * as api from '../api.js';
import { el, fill, icon } from '../dom.js';
import { t } from '../words.js';
import { channelName } from '../citizen/call.js';
import { open } from './dialogs.js';

const wantedName = 'tram-second'; // this officer's window has opened the screen
const patience = 300; // ms in which an open window answers

const signs = { on: 'check', waiting: 'clock', away: 'clock', off: 'dash' };

const channel = new BroadcastChannel(channelName);
let windows = null; // of citizens, that answered; null: nobody has asked
let handing = false;

// A window that was let in before, and lost its right with a restart of the
// station, gets a new code by itself. Where another window took its place it
// gets none.
channel.addEventListener('message', async ({ data }) => {
  if (!data?.citizen || data.citizen === 'gone') return;
  windows?.push(data.citizen);
  if (data.citizen !== 'waiting' || handing || windows || !api.loggedIn() || sessionStorage.getItem(wantedName) === null) return;
  handing = true;
  try {
    if ((await api.about()).screen === 'off') channel.postMessage({ code: (await api.openSecond()).code });
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error; // the next snapshot tells the officer
  } finally {
    handing = false;
  }
});

// second makes the button; update keeps it at the station's state.
export function second(station) {
  const node = el('button', { type: 'button', class: 'second-button', 'data-test': 'second', on: { click: () => desk(station) } });
  let mark = '';
  if (sessionStorage.getItem(wantedName) !== null) channel.postMessage({ ask: true });
  return {
    node,
    update() {
      const state = stateOf(station);
      if (mark === state) return;
      mark = state;
      node.dataset.state = state;
      for (const name of ['aria-label', 'title']) node.setAttribute(name, t(`second.${state}`));
      fill(node, icon('screen', 20), icon(signs[state], 16));
    },
  };
}

const stateOf = (station) => (signs[station.about.screen] ? station.about.screen : 'off');

// desk says how the screen is, and opens or closes it.
export function desk(station) {
  const text = el('p', { 'data-test': 'second-text', role: 'status' });
  const code = el('div', { class: 'second-code' });
  const action = (name, label, primary, run) => el('button', { type: 'button', class: `button ${primary ? 'primary' : ''}`, 'data-test': name, on: { click: run } }, label);
  const go = action('second-open', '', true, () => show(true));
  const done = action('second-done', t('second.done'), false, () => dialog.close());
  let was = '';
  let codes = 0; // that were shown
  const shut = action('second-shut', t('second.shut'), false, () => close(station, dialog));
  const told = async (work) => {
    try {
      return await work();
    } catch (error) {
      dialog.close();
      station.refuse(error);
      return null;
    }
  };
  const show = async (window) => {
    const given = await told(() => api.openSecond());
    if (!given) return;
    sessionStorage.setItem(wantedName, '1');
    fill(code, codeOf(given.code));
    codes++;
    was = 'waiting';
    if (window) await hand(given.code);
  };
  const update = () => {
    const state = stateOf(station);
    text.textContent = t(`second.text-${state}`);
    go.textContent = t(state === 'off' ? 'second.open' : 'second.again');
    shut.classList.toggle('hidden', state === 'off');
    go.classList.toggle('primary', state !== 'on');
    done.classList.toggle('primary', state === 'on');
    if (was === 'waiting' && state !== was) fill(code); // entered, or too old
    was = state;
  };
  update(); // what is hidden later would lose the focus
  const dialog = open(t('second.button'), [text, code], [shut, action('second-code', t('second.show-code'), false, () => show(false)), done, go], true);
  const timer = setInterval(async () => {
    const before = codes;
    const about = await api.about().catch(() => null);
    if (before !== codes) return; // what it says is from before the code
    if (about) station.about = about;
    station.redraw();
    update();
  }, 1000);
  dialog.addEventListener('close', () => clearInterval(timer));
}

const codeOf = (code) => [el('p', { class: 'soft' }, t('second.code')), el('output', { 'data-test': 'second-digits' }, code.replace(/^(\d{4})/, '$1 ')),
  el('p', { class: 'soft' }, t('second.where', { address: `${location.host}/citizen` }))];

// hand gives the code to a window that is open, or opens one. Without an opener
// the new window gets nothing of this one's storage: no officer's token.
async function hand(code) {
  windows = [];
  channel.postMessage({ ask: true });
  await new Promise((resolve) => { setTimeout(resolve, patience); });
  const answered = windows.length > 0;
  windows = null;
  if (answered) channel.postMessage({ code });
  else window.open(`/citizen#${code}`, '_blank', 'noopener,popup,width=1280,height=800');
}

async function close(station, dialog) {
  sessionStorage.removeItem(wantedName);
  dialog.close();
  try {
    await api.closeSecond();
    station.about = await api.about();
  } catch (error) {
    station.refuse(error);
  }
  station.redraw();
}
