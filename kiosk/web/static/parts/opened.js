// opened.js shows a held application that the supervisor's key has opened: why it
// waits, the pictures, and what was not in order.
import { el, icon } from '../dom.js';
import { decimal, known, moment, pick, t } from '../words.js';
import { nameOf } from './checks.js';
import { date } from './facts.js';

// figure paints a picture that came in an answer.
function figure({ name, words, jpeg }) {
  const canvas = el('canvas');
  const label = pick(words);
  const bytes = Uint8Array.from(atob(jpeg), (c) => c.charCodeAt(0));
  createImageBitmap(new Blob([bytes], { type: 'image/jpeg' })).then((picture) => {
    [canvas.width, canvas.height] = [picture.width, picture.height];
    canvas.getContext('2d').drawImage(picture, 0, 0);
    picture.close();
  }, () => canvas.replaceWith(el('span', {}, t('held.no-picture'))));
  return el('figure', { 'data-test': `held-picture-${name}` }, el('div', { class: `still ${name.startsWith('exception') ? 'wide' : ''}`, role: 'img', 'aria-label': label }, canvas), el('figcaption', {}, label));
}

const bullet = (sign, title, below) => el('li', {}, icon(sign, 20), el('span', {}, el('b', {}, title), below ? el('small', {}, below) : null));

function fact(f) {
  const label = known(`field.${f.name}`) ? t(`field.${f.name}`) : f.name;
  return el('div', {}, el('dt', {}, label), el('dd', { lang: 'vi' }, date(f.value), f.print ? el('small', {}, t('held.print-says', { value: date(f.print) })) : null));
}

const exceptionName = (x) => (known(`flag.${x.code}`) ? t(`flag.${x.code}`) : x.code);

// openedView is the whole of what a supervisor decides by.
export function openedView(v) {
  const findings = [
    ...v.review.map((code) => bullet('info', t(`review.${code}`))),
    ...(v.match ? [bullet('alike', t(`held.band-${v.match.band}`), decimal(v.match.score))] : []),
    ...v.checks.map((c) => bullet(c.outcome === 'failed' ? 'cross' : 'question', nameOf(c), t(`outcome.${c.outcome}`))),
    ...v.exceptions.map((x) => bullet('person', exceptionName(x), [t(`needs.state-${x.state}`), x.by].filter(Boolean).join(': '))),
    ...v.issues.map((i) => bullet('pen', i.reason, t('held.reason-of', { who: i.officer, time: moment(i.at) }))),
  ];
  return [
    v.may ? el('div', { class: 'note unsure', 'data-test': 'held-may' }, el('span', { class: 'sign' }, icon('warning', 22)), el('div', {}, el('b', {}, pick(v.may.words)), el('span', {}, pick(v.may.next)))) : null,
    el('div', { class: 'held-see' }, v.pictures.length > 0 ? el('div', { class: 'held-pictures' }, v.pictures.map(figure)) : null,
      el('div', { class: 'stack tight' }, el('h3', {}, t('held.findings')),
        findings.length > 0 ? el('ul', { class: 'held-findings', 'data-test': 'held-findings' }, findings) : el('p', { class: 'fine' }, icon('check', 20), t('held.nothing-found')))),
    el('h3', {}, t('held.person')), el('dl', { class: 'facts' }, v.person.map(fact)),
    el('p', { class: 'small soft' }, t('held.officers', { who: v.officers.join(', ') })),
  ];
}
