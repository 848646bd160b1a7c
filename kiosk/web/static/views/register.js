// register.js has the citizen's data compared with the central register. The
// enrolment goes on meanwhile: the answers come by themselves.
import { el, icon } from '../dom.js';
import { t } from '../words.js';
import { registerPanel } from '../parts/register.js';

export function register(station) {
  const panel = registerPanel();
  return {
    node: el('div', { class: 'columns' }, panel.node,
      el('section', { class: 'panel stack' }, el('h2', {}, icon('info'), t('register.about')),
        el('ul', { class: 'law' }, ['compare', 'meanwhile', 'offline'].map((name) => el('li', {}, el('span', { class: 'sign pale' }, icon('check', 22)), el('div', {}, t(`register.about-${name}`))))))),
    update: panel.update,
    actions: () => ({ next: { label: t('register.go'), run: () => station.act('register-check') }, hint: t('register.hint') }),
  };
}
