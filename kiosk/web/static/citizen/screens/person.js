// person.js shows what the card says of the citizen, who tells the officer
// where it is not right. The phone number is the citizen's own to change.
import { el, fill } from '../../dom.js';
import { t } from '../../words.js';
import { own } from '../own.js';
import { phone } from './phone.js';

export function person(desk) {
  if (desk.draft.changing) return changing(desk);
  const list = el('dl', { class: 'own' });
  let mark = '';
  return {
    node: list,
    title: () => t('citizen.title-person'),
    lead: () => t('citizen.lead-person'),
    update(view) {
      const next = JSON.stringify([view.person, view.phone]);
      if (mark === next) return;
      mark = next;
      fill(list, own(view.person, view.phone));
    },
    actions: () => (desk.view.phone?.number ? { other: { label: t('citizen.change-phone'), run: () => { Object.assign(desk.draft, { changing: true, part: 'number', phone: '', email: desk.view.phone.email ?? '' }); desk.renew(); } } } : {}),
  };
}

// changing has the citizen type the number again.
function changing(desk) {
  const done = () => { desk.draft.changing = false; desk.renew(); };
  return phone(desk, { done });
}
