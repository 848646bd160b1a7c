// wait.js is shown while the officer works. At the end it shows once more what
// the citizen gave, who can still take a consent back here.
import { el, fill, icon } from '../../dom.js';
import { pick, t } from '../../words.js';
import { single } from '../keys.js';
import { own } from '../own.js';
import { face } from './portrait.js';

export function wait(desk) {
  const node = el('div', { class: 'part' });
  let mark = '';
  const given = () => desk.view.consent?.registration === true && desk.view.consent_text;
  const look = (open) => { desk.draft.back = open; desk.renew(); };
  const ends = () => Boolean(desk.view.person);
  const name = () => (desk.draft.back ? 'back' : ends() ? 'end' : 'wait');
  return {
    node,
    leave: () => { mark = ''; },
    title: () => t(`citizen.title-${name()}`),
    lead: () => t(`citizen.lead-${name()}`),
    update(view) {
      if (!given()) desk.draft.back = false;
      const next = JSON.stringify([name(), view.person, view.phone, view.consent, view.consent_text?.sha256]);
      if (mark === next) return;
      mark = next;
      const held = node.contains(document.activeElement);
      fill(node, desk.draft.back ? agreed(view, desk) : ends() ? summary(view, () => mark === next) : calm());
      if (held) document.getElementById('screen-title').focus();
    },
    actions: () => (desk.draft.back ? { back: { label: t('citizen.keep'), run: () => look(false) } }
      : given() ? { back: { label: t('citizen.look-back'), run: () => look(true) } } : {}),
  };
}

const calm = () => el('div', { class: 'calm' }, el('span', { class: 'disc' }, icon('clock', 132)));

// summary is all that the citizen gave, once more before it is sealed.
function summary(view, still) {
  const picture = el('div', { class: 'calm' });
  if (view.portrait?.shown) face(view.id).then((canvas) => { if (canvas && still()) fill(picture, canvas); });
  return el('div', { class: 'summary' }, picture, el('dl', { class: 'own' }, own(view.person, view.phone)));
}

// agreed lists what the citizen said yes to, each to be taken back by itself: it
// is named by its place in the list that is shown.
function agreed({ consent, consent_text: text }, desk) {
  const row = (q, name, args) => el('li', {}, el('span', {}, pick(q.words)),
    el('button', { type: 'button', class: 'big', 'data-test': `withdraw-${name}`, on: { click: (event) => single(event) && desk.act('consent-withdraw', args, desk.view.version) } }, t('citizen.withdraw')));
  return el('ul', { class: 'agreed' }, row(text.registration, 'registration', { what: 'registration' }),
    text.documents.map((q, index) => (consent.answers?.[index] === 'yes' ? row(q, String(index), { what: 'document', index }) : null)));
}
