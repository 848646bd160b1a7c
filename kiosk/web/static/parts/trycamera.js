// trycamera.js tries the camera of the browser, where the page is what films.
import { el, fill } from '../dom.js';
import { t } from '../words.js';
import { cause } from './webcam.js';

const look = 2000; // ms that the officer sees the picture

// tryHere shows the camera's picture for a moment, and says whether there was
// one. Where the signal has ended it, nothing is filmed.
export async function tryHere(place, signal) {
  let stream = null;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: true });
    if (signal.aborted) return null;
    const video = el('video', { class: 'trial', playsinline: true, role: 'img', 'aria-label': t('morning.sees') });
    video.muted = true;
    video.srcObject = stream;
    fill(place, video);
    await video.play();
    await new Promise((done) => { setTimeout(done, look); });
    return video.videoWidth > 0 ? { level: 'ok', words: t('morning.page-films') } : { level: 'failed', words: t('webcam.frame'), next: t('webcam-next.frame') };
  } catch (error) {
    const code = cause(error);
    return { level: 'failed', words: t(`webcam.${code}`), next: t(`webcam-next.${code}`) };
  } finally {
    stream?.getTracks().forEach((track) => track.stop());
  }
}
