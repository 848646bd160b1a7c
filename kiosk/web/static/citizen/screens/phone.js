// phone.js has the citizen type how to be reached: the number first, then an
// address, which may be left out. Both are read over once before they go.
import { el } from '../../dom.js';
import { pick, t } from '../../words.js';
import { grouped } from '../own.js';
import { address, digits } from '../keys.js';

const length = 10; // of a mobile number; the rules have the last word

// phone asks; done runs once the station has what was typed, and cancels.
export function phone(desk, { done } = {}) {
  const { draft } = desk;
  draft.part ??= 'number';
  draft.phone ??= '';
  draft.email ??= '';
  const field = fields[draft.part]?.(draft, desk.redraw);
  const go = (to) => { draft.part = to; desk.renew(); };
  const give = async () => { if (await desk.act('citizen-phone', { phone: draft.phone, email: draft.email })) done?.(); };
  const typed = (f) => el('div', { class: draft.part === 'number' ? 'typed' : 'typed tall' }, el('div', { class: 'ask' }, f.input), f.node);
  return {
    node: el('div', { class: 'part' }, field ? typed(field) : readOver(draft)),
    title: () => t(`citizen.title-phone-${draft.part}`),
    lead: () => (draft.part === 'number' && pick(desk.view.phone?.words)) || t(`citizen.lead-phone-${draft.part}`),
    focus: () => field?.input,
    actions: () => ({
      number: {
        back: done ? { label: t('citizen.back'), run: done } : null,
        next: { label: t('citizen.go-on'), disabled: draft.phone.length !== length, run: () => go('email') },
      },
      email: {
        back: { label: t('citizen.back'), run: () => go('number') },
        next: { label: draft.email ? t('citizen.go-on') : t('citizen.no-email'), run: () => go('check') },
      },
      check: {
        back: { label: t('citizen.change'), run: () => go('number') },
        next: { label: t('citizen.right'), run: give },
      },
    })[draft.part],
  };
}

const fields = {
  number: (draft, redraw) => digits({ name: 'phone', label: t('citizen.own-phone'), kind: 'phone', max: length, value: draft.phone, changed: (value) => { draft.phone = value; redraw(); } }),
  email: (draft, redraw) => address({ name: 'email', label: t('citizen.own-email'), value: draft.email, changed: (value) => { draft.email = value; redraw(); } }),
};

const readOver = ({ phone, email }) => el('dl', { class: 'own one' },
  el('div', {}, el('dt', {}, t('citizen.own-phone')), el('dd', { class: 'huge', 'data-test': 'own-phone' }, grouped(phone))),
  email ? el('div', {}, el('dt', {}, t('citizen.own-email')), el('dd', { 'data-test': 'own-email' }, email)) : null);
