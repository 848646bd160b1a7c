// register.js says honestly that the central register was not asked.
import { el, icon } from '../dom.js';
import { t } from '../words.js';

export function register(station) {
  return {
    node: el('section', { class: 'panel' }, el('div', { class: 'empty' }, icon('question', 52), el('h2', {}, t('register.state')), el('p', {}, t('register.text')))),
    update() {},
    actions: () => ({ next: { label: t('next.portrait'), run: () => station.act('register-check') }, hint: '' }),
  };
}
