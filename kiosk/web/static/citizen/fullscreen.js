// fullscreen.js lets whoever sets up the second screen fill it with the page.
import { el, icon } from '../dom.js';
import { t } from '../words.js';

export function fullscreen() {
  if (!document.fullscreenEnabled) return null;
  const button = el('button', { type: 'button', class: 'speak', 'data-test': 'fullscreen', 'aria-label': t('citizen.fullscreen'), title: t('citizen.fullscreen'),
    on: { click: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()) } }, icon('expand', 28));
  return button;
}
