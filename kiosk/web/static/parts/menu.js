// menu.js lists the pages beside the enrolment that may be opened now.
import { el, icon } from '../dom.js';
import { t } from '../words.js';
import { rooms } from '../views/rooms.js';
import { open } from './dialogs.js';

export function menu(station) {
  const entries = Object.entries(rooms).filter(([name]) => station.mayEnter(name)).map(([name, room]) => el('button',
    { type: 'button', class: 'button', 'data-test': `room-${name}`, on: { click: () => { dialog.close(); station.enter(name); } } },
    icon(room.sign, 24), t(`title.${name}`), room.key ? el('kbd', { 'aria-hidden': 'true' }, room.key) : null));
  const dialog = open(t('frame.menu'), el('div', { class: 'rooms' }, entries), [
    el('button', { type: 'button', class: 'button', 'data-test': 'menu-close', on: { click: () => dialog.close() } }, t('queue.close'))]);
}
