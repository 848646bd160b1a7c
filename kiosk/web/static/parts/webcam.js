// webcam.js films with the browser's own camera while the station wants it to,
// and posts the frames. The preview is the camera's picture itself.
import * as api from '../api.js';
import { el } from '../dom.js';

const wish = { audio: false, video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } };
const quality = 0.92; // of the JPEG that the portrait is cut from
const soon = 250; // ms: the station is not ready yet, or does not answer
const later = 2000; // ms: the camera is not there
const longest = 200; // ms to wait for the camera's next frame

const page = crypto.randomUUID(); // tells this window from another one
const views = new Set(); // of the pages that show the picture
let source = 'station';
let turn = 0; // of the loop that may film; odd while it is wanted
let stream = null;
let trouble = ''; // code of what keeps the camera from filming
let wake = () => {}; // ends the wait for a camera

// filmsHere reports whether this page is the station's camera.
export const filmsHere = () => source === 'browser';

// problem is what keeps the camera from filming: a code for the banners, or ''.
export const problem = () => trouble;

// retry asks for the camera again, say after the officer allowed it.
export const retry = () => wake();

// heed follows the snapshot's camera; none means that nobody is logged in.
// changed is called when the problem is another one.
export function heed(camera, changed) {
  source = camera?.source ?? source;
  const wanted = filmsHere() && camera?.wanted === true;
  if (wanted === (turn % 2 === 1)) return;
  turn++;
  if (wanted) void run(turn, changed);
  else stop('', changed);
}

// live shows the picture from start to stop.
export function live(label) {
  const video = el('video', { muted: true, playsinline: true, autoplay: true, role: 'img', 'aria-label': label });
  video.muted = true;
  return {
    canvas: video,
    start() {
      views.add(video);
      video.srcObject = stream;
    },
    stop() {
      views.delete(video);
      video.srcObject = null;
    },
  };
}

async function run(mine, changed) {
  while (mine === turn) {
    let opened = null;
    try {
      opened = await navigator.mediaDevices.getUserMedia(wish);
    } catch (error) {
      if (mine !== turn) return;
      stop(cause(error), changed);
      await again(trouble === 'denied');
      continue;
    }
    if (mine !== turn) return end(opened);
    show(opened);
    note('', changed);
    await film(mine, opened, changed);
    if (mine === turn) stop('none', changed); // the cable: looked for at once
  }
}

// film posts one frame after the other until the camera ends; while one is on
// its way, the next is packed.
async function film(mine, from, changed) {
  const [track] = from.getVideoTracks();
  const video = el('video', { playsinline: true });
  video.muted = true;
  video.srcObject = from;
  await video.play().catch(() => {});
  let canvas = null;
  let sending = Promise.resolve('');
  while (mine === turn && track.readyState === 'live') {
    await next(video);
    const [width, height] = [video.videoWidth, video.videoHeight];
    if (width === 0 || track.readyState !== 'live') continue;
    if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d', { alpha: false }).drawImage(video, 0, 0);
    const packed = await canvas.convertToBlob({ type: 'image/jpeg', quality });
    const taken = await sending; // the one before
    if (mine !== turn) break;
    if (taken === 'bad-frame') note('frame', changed);
    else if (taken === '') note('', changed);
    else if (taken !== 'too-fast') await sleep(soon);
    sending = api.postFrame(packed, page, track.label);
  }
  await sending;
  video.srcObject = null;
}

// next waits for the camera's next frame; a hidden window is not told of it, and
// nothing of the wait may pile up there.
const next = (video) => new Promise((done) => {
  const end = () => {
    video.cancelVideoFrameCallback(frame);
    clearTimeout(timer);
    done();
  };
  const frame = video.requestVideoFrameCallback(end);
  const timer = setTimeout(end, longest);
});

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// again waits until asking for the camera is worth it: another device is there,
// the officer allowed it, or a while has passed. Who refused is not asked anew.
async function again(refused) {
  const signal = new AbortController();
  const woken = new Promise((done) => { wake = done; });
  navigator.mediaDevices?.addEventListener('devicechange', wake, { signal: signal.signal });
  const permission = await navigator.permissions?.query({ name: 'camera' }).catch(() => null);
  permission?.addEventListener('change', wake, { signal: signal.signal });
  await (refused ? woken : Promise.race([woken, sleep(later)]));
  signal.abort();
}

const causes = { NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'none', OverconstrainedError: 'none' };

// cause is the code of what an error of the browser says of its camera.
export const cause = (error) => causes[error.name] ?? 'busy';

function show(now) {
  stream = now;
  for (const video of views) video.srcObject = now;
}

function stop(code, changed) {
  if (stream) end(stream);
  show(null);
  wake();
  note(code, changed);
}

function end(from) {
  for (const track of from.getTracks()) track.stop();
}

function note(code, changed) {
  if (trouble === code) return;
  trouble = code;
  changed();
}
