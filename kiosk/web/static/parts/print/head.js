// head.js makes what every official paper has: who issues it, the state's name
// and motto, place and date, and the places for signatures. All of it is
// Vietnamese, whatever the page's language is.
import { el, svg } from '../../dom.js';
import { vietnamese, vietnamese as t } from '../../words.js';

// legal is a moment by Vietnam's legal time, wherever the computer thinks it is.
export function legal(moment) {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Ho_Chi_Minh', hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' })
    .formatToParts(new Date(moment));
  return Object.fromEntries(parts.map(({ type, value }) => [type, value]));
}

// dayAndHour writes "14 giờ 05 phút, ngày 26/11/2026".
export const dayAndHour = (moment) => t('paper.moment', legal(moment));

// dayOfWeek writes a day YYYY-MM-DD as "Thứ Năm, ngày 26/11/2026"; the screen
// has it in its own language.
export function dayOfWeek(day, t = vietnamese) {
  const [year, month, date] = day.split('-');
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return t('paper.weekday', { weekday: t(`paper.weekday-${weekday}`), day: date, month, year });
}

// head is the paper's upper part. A motto has its line below.
export function head(office, moment) {
  const { day, month, year } = legal(moment);
  const date = t('paper.date', { day: Number(day) < 10 ? day : String(Number(day)), month: Number(month) < 3 ? month : String(Number(month)), year });
  return el('header', { class: 'paper-head' },
    el('div', {}, office.parent ? el('p', {}, office.parent) : null, el('p', { class: 'paper-ruled' }, el('b', {}, office.name))),
    el('div', {}, el('p', {}, el('b', {}, t('paper.state'))), el('p', { class: 'paper-ruled paper-motto' }, el('b', {}, t('paper.motto'))),
      el('p', { class: 'paper-date' }, office.place ? `${office.place}, ${date}` : date)));
}

// signatures are the places for them, each with who signs.
export const signatures = (...who) => el('footer', { class: 'paper-signatures' }, who.map((name) => el('div', {}, el('b', {}, name), el('i', {}, t('paper.sign-here')))));

// code draws what the station made of a text.
export const code = ({ size, path }) => svg('svg', { class: 'paper-code', viewBox: `0 0 ${size} ${size}`, 'shape-rendering': 'crispEdges', role: 'img', 'aria-label': t('paper.code') },
  svg('path', { d: path }));

// line is a numbered or plain line of a paper: a name and what is written there.
// What is empty stays a dotted line, to be written by hand.
export const line = (name, value) => el('p', { class: 'paper-line' }, el('span', {}, `${name}: `), value ? el('b', {}, value) : el('span', { class: 'paper-dots' }));
