// voice.js reads a screen aloud to whoever can not read it, with a voice of this
// computer: one of elsewhere would carry the words away. What is personal stays
// unsaid at the counter; it stands on the screen.
import { el, icon } from '../dom.js';
import { lang, t } from '../words.js';

const told = '[data-test="citizen-title"], .second .lead, .points, .question, .purpose, .note';

const voiceOf = (language) => speechSynthesis.getVoices().find((v) => v.localService && v.lang.toLowerCase().startsWith(language));

// hush ends what is being read: the screen has changed.
export const hush = () => globalThis.speechSynthesis?.cancel();

// voice is the button, which is there where this computer can speak the language.
export function voice() {
  if (!globalThis.speechSynthesis) return null;
  const button = el('button', { type: 'button', class: 'speak', 'data-test': 'listen', 'aria-label': t('citizen.listen'), title: t('citizen.listen'), on: { click: read } }, icon('speaker', 28));
  const look = () => button.classList.toggle('hidden', !voiceOf(lang()));
  speechSynthesis.addEventListener('voiceschanged', look);
  look();
  return button;
}

function read() {
  hush();
  const parts = [...document.querySelectorAll(told)].filter((e) => e.offsetParent !== null && e.textContent !== '').map((e) => e.innerText.replace(/\d{4,}|\d[\d ]{6,}\d/g, ''));
  const speech = new SpeechSynthesisUtterance(parts.join('. '));
  Object.assign(speech, { lang: lang() === 'vi' ? 'vi-VN' : 'en-GB', rate: 0.9, voice: voiceOf(lang()) });
  speechSynthesis.speak(speech);
}
