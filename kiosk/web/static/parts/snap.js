// snap.js takes pictures of papers with a camera of this computer, say the one
// over the counter. Nothing is filmed longer than the dialog is open.
import { el, fill } from '../dom.js';
import { t } from '../words.js';
import { open } from './dialogs.js';

const quality = 0.92; // of the JPEG
const wish = { width: { ideal: 2560 }, height: { ideal: 1920 } };

// snap opens the camera; run gets each picture that is taken, and reports whether
// the station has it.
export function snap(run) {
  const video = el('video', { autoplay: true, playsinline: true, role: 'img', 'aria-label': t('snap.live'), 'data-test': 'snap-live' });
  video.muted = true;
  const which = el('select', { 'aria-label': t('snap.camera'), 'data-test': 'snap-camera', class: 'hidden', on: { change: () => film(which.value) } });
  const said = el('p', { role: 'status', class: 'soft', 'data-test': 'snap-said' }, t('snap.text'));
  const go = el('button', { type: 'button', class: 'button primary', 'data-test': 'snap-go', disabled: true, on: { click: shoot } }, t('snap.go'));
  let stream = null;
  let turn = 0; // of the camera that may film
  let count = 0;
  const dialog = open(t('snap.title'), [el('div', { class: 'live paperview' }, video), which, said],
    [el('button', { type: 'button', class: 'button', 'data-test': 'snap-close', on: { click: () => dialog.close() } }, t('snap.done')), go], true);
  dialog.addEventListener('close', () => { turn++; end(); });
  film('');

  function stop(filmed) {
    for (const track of filmed?.getTracks() ?? []) track.stop();
  }

  function end() {
    stop(stream);
    stream = null;
    video.srcObject = null;
  }

  async function film(device) {
    const mine = ++turn;
    end();
    go.disabled = true;
    try {
      const opened = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wish, ...(device ? { deviceId: { exact: device } } : { facingMode: 'environment' }) } });
      if (mine !== turn) return stop(opened); // closed, or another camera was chosen
      stream = opened;
      video.srcObject = opened;
      await video.play().catch(() => {});
      go.disabled = false;
      go.focus();
      await cameras(opened);
    } catch {
      if (mine === turn) said.textContent = t('snap.none');
    }
  }

  // cameras offers the others, where there are some.
  async function cameras(opened) {
    const all = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === 'videoinput');
    which.classList.toggle('hidden', all.length < 2);
    fill(which, all.map((d) => el('option', { value: d.deviceId }, d.label)));
    which.value = opened.getVideoTracks()[0]?.getSettings().deviceId ?? '';
  }

  async function shoot() {
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext('2d', { alpha: false }).drawImage(video, 0, 0);
    const kept = await run(await canvas.convertToBlob({ type: 'image/jpeg', quality }));
    if (kept) count++;
    said.textContent = t(kept ? 'snap.taken' : 'snap.refused', { count });
  }
}
