// banners.js shows what the officer has to know now, by the truth table: the
// row's colour and sign, the words of the station, and what to do next.
import { el, icon } from '../dom.js';
import { pick, stamp, t } from '../words.js';
import { nameOf } from './checks.js';
import { fingerName, inside } from './facts.js';
import { start } from './start.js';
import { checkOf, rowOf, rows } from './truth.js';
import * as webcam from './webcam.js';

// banners shows what the officer has to know now, one at a time, gravest first.
export function banners(station, snapshot, problem) {
  const list = [];
  if (problem) list.push(banner(problem.code, pick(problem.words), pick(problem.next)));
  const filming = webcam.problem();
  if (filming) {
    list.push(banner('webcam', t(`webcam.${filming}`), t(`webcam-next.${filming}`),
      el('button', { type: 'button', class: 'button small', 'data-test': 'camera-retry', on: { click: webcam.retry } }, t('webcam.retry'))));
  } else if (snapshot.error && snapshot.error.code !== problem?.code) {
    const e = snapshot.error;
    list.push(banner(e.code, pick(e.words), pick(e.next)));
  }
  for (const issue of snapshot.issues.filter((i) => !i.acknowledged && !i.section && snapshot.step !== 'done')) list.push(issueBanner(station, snapshot, issue));
  if (list.length === 0 && ['card', 'person'].includes(snapshot.step) && unsure(snapshot)) {
    list.push(banner('inconclusive', t('truth.inconclusive'), t('truth-next.inconclusive')));
  }
  if (list.length === 0 && snapshot.resumed && snapshot.step !== 'done') {
    list.push(banner('resumed', t('truth.good'), t('truth-next.good')));
  }
  if (list.length === 0 && snapshot.corrects) {
    const { section, words, deadline } = snapshot.corrects;
    list.push(notice('corrects', t('correct.banner', { section: t(`section.${section}`) }), [words, t('correct.until', { time: stamp(deadline) })].filter(Boolean).join('. '), 'again'));
  }
  // What the station says of itself comes last: it stops nobody.
  if (list.length === 0 || snapshot.step === 'idle') list.push(...own(station, snapshot));
  if (list.length > 1) list[0].querySelector('b').append(el('span', { class: 'more' }, t('banner.more', { count: list.length - 1 })));
  return list.slice(0, 1);
}

// unsure reports whether a check of this card came to no conclusion. For want
// of a trust list that is a matter of the station, which says so itself.
const unsure = ({ checks, notices }) => checks.some((c) => c.outcome === 'inconclusive') && !notices.some((n) => n.code === 'no-trust');

// own is what the station says of itself: its notices, and the line to the
// central system, which is said between two citizens.
function own(station, snapshot) {
  if (station.room) return [];
  const line = station.devices.find((d) => d.name === 'central');
  const out = [...station.about.notices, ...snapshot.notices].map((n) => notice(n.code, pick(n.words), pick(n.next), ownSigns[n.code]));
  if (line && ['waiting', 'missing'].includes(line.state) && snapshot.step === 'idle') out.push(banner('network', pick(line.words), t('truth-next.network')));
  return out;
}

const ownSigns = { 'fix-needed': 'again', held: 'person', 'no-supervisor': 'person', 'rules-wait': 'paper' };

// worded are the rows that have a headline of their own: what it means that a
// check failed, and which it is.
const worded = {
  failed: (check) => `${t('truth.failed')} (${nameOf({ check })})`,
  revoked: () => t('truth.revoked'),
};

// issueWords is an issue's headline and what is to be done.
export function issueWords(issue) {
  const headline = worded[rowOf(issue.code)];
  const { check, guardian } = checkOf(issue.code);
  return [headline ? `${guardian ? `${t('step.guardian')}: ` : ''}${headline(check)}` : pick(issue.words), pick(issue.next)];
}

function issueBanner(station, snapshot, issue) {
  const button = issue.final || snapshot.step === 'card' ? []
    : [...retakes(station, snapshot, issue),
      el('button', { type: 'button', class: 'button small', 'data-test': `acknowledge-${issue.code}`, on: { click: () => station.acknowledge(issue) } },
        t('banner.acknowledge'))];
  return banner(issue.code, ...issueWords(issue), el('div', { class: 'row' }, button));
}

// retakes offers to lay down again the fingers that an issue names in its code,
// say "finger-repeated:2-7" or, of a rolled one, "finger-weak:r5".
function retakes(station, { prints, fingers }, { code }) {
  const [kind, list] = code.split(':');
  if (!kind.startsWith('finger-')) return [];
  return list.split('-').map((unit) => {
    const f = unit.startsWith('r') ? prints.rolled.find((r) => `r${r.finger}` === unit) : fingers.find((one) => String(one.finger) === unit);
    if (f?.state !== 'done') return null;
    const label = t('fingers.retake-unit', { unit: inside(fingerName(f)) });
    return el('button', { type: 'button', class: 'button small', 'data-test': `issue-retake-${unit}`, 'aria-label': label, title: label,
      on: { click: () => start(station, unit) } }, icon('again', 18), fingerName(f));
  });
}

const banner = (code, words, next, button) => draw(rowOf(code), code, words, next, button);

// notice is what stops nobody, unless the table has a row for it.
const notice = (code, words, next, sign) => draw(rowOf(code, 'notice'), code, words, next, null, sign);

function draw(row, code, words, next, button, sign = rows[row].sign) {
  return el('div', { class: `banner ${row}`, 'data-test': `banner-${row}`, 'data-row': row, 'data-code': code },
    el('span', { class: 'sign' }, icon(sign, 24)),
    el('div', {}, el('b', {}, words), next ? el('span', { class: 'todo' }, icon('next', 18), next) : null), button);
}
