// banners.js is the table of faults: each kind has its own colour, sign, words
// and next action, and none of them accuses the citizen.
import { el, icon } from '../dom.js';
import { pick, stamp, t } from '../words.js';
import { nameOf } from './checks.js';
import { fingerName, inside } from './facts.js';
import { start } from './start.js';
import * as webcam from './webcam.js';

const signs = {
  'no-reader': 'plug', 'no-camera': 'plug', 'no-scanner': 'plug', daemon: 'plug',
  'card-lost': 'card', 'wrong-key': 'key', expired: 'calendar',
};
const tones = { 'no-camera': 'no-device', 'no-scanner': 'no-device' };
// Faults of the chip look like the one that asks the same of the officer: the
// card in hand, the key, the cable. Their words differ.
const kin = {
  'card-lost': ['chip-silent', 'chip-timeout', 'card-reset', 'session-ended', 'other-card', 'other-citizen', 'not-an-id-card', 'chip-error', 'chip-unreadable'],
  'wrong-key': ['too-many-keys', 'needs-mrz', 'key-blocked', 'pin-suspended', 'pin-last-try', 'no-key'],
  'no-reader': ['reader-busy'],
};
for (const [code, others] of Object.entries(kin)) {
  for (const other of others) {
    signs[other] = signs[code];
    tones[other] = code;
  }
}

// banners shows what the officer has to know now, one at a time, gravest first.
export function banners(station, snapshot, problem) {
  const list = [];
  if (problem) list.push(banner(tone(problem.code), signs[problem.code] ?? 'warning', pick(problem.words), pick(problem.next)));
  const filming = webcam.problem();
  if (filming) {
    list.push(banner('no-device', 'camera', t(`webcam.${filming}`), t(`webcam-next.${filming}`),
      el('button', { type: 'button', class: 'button small', 'data-test': 'camera-retry', on: { click: webcam.retry } }, t('webcam.retry'))));
  } else if (snapshot.error && snapshot.error.code !== problem?.code) {
    const e = snapshot.error;
    list.push(banner(tone(e.code), signs[e.code] ?? 'warning', pick(e.words), pick(e.next)));
  }
  for (const issue of snapshot.issues.filter((i) => !i.acknowledged)) list.push(issueBanner(station, snapshot, issue));
  if (list.length === 0 && ['card', 'person'].includes(snapshot.step) && snapshot.checks.some((c) => c.outcome === 'inconclusive')) {
    list.push(banner('notice', 'info', t('banner.inconclusive'), t('banner.inconclusive-next')));
  }
  if (list.length === 0 && snapshot.resumed && snapshot.step !== 'done') {
    list.push(banner('good', 'again', t('banner.resumed'), t('banner.resumed-next')));
  }
  if (list.length === 0 && snapshot.corrects) {
    const { section, words, deadline } = snapshot.corrects;
    list.push(banner('notice', 'again', t('correct.banner', { section: t(`section.${section}`) }), [words, t('correct.until', { time: stamp(deadline) })].filter(Boolean).join('. ')));
  }
  // What the station says of itself comes last: it stops nobody.
  const own = station.room ? [] : [...station.about.notices, ...snapshot.notices];
  if (list.length === 0 || snapshot.step === 'idle') own.forEach((n) => list.push(banner(n.code.startsWith('space-') ? 'refusal' : 'notice', ownSigns[n.code] ?? 'info', pick(n.words), pick(n.next))));
  if (list.length > 1) list[0].querySelector('b').append(el('span', { class: 'more' }, t('banner.more', { count: list.length - 1 })));
  return list.slice(0, 1);
}

const tone = (code) => tones[code] ?? (code in signs ? code : 'refusal');

const ownSigns = { 'space-full': 'inbox', 'space-low': 'inbox', 'fix-needed': 'again', held: 'person', 'no-supervisor': 'person', unlogged: 'warning', 'rules-wait': 'paper' };

// authenticity are the checks that say whether the chip is its issuer's.
const authenticity = new Set(['sod-hashes', 'sod-signature', 'chain', 'revocation', 'card-access', 'card-security', 'chip-authentication', 'active-authentication']);

// issueWords is an issue's headline and what belongs under it: a check that
// failed has the table's own words, with the check's name below.
export function issueWords(issue) {
  const [kind, check] = issue.code.split(':');
  if (kind !== 'check' || !authenticity.has(check)) return [pick(issue.words), pick(issue.next)];
  return [t('banner.failed'), `${nameOf({ check })}: ${t('outcome.failed')}. ${pick(issue.next)}`];
}

function issueBanner(station, snapshot, issue) {
  const kind = issue.code.startsWith('check:') ? 'failed' : issue.code === 'expired' ? 'expired' : 'refusal';
  const sign = { failed: 'shield', expired: 'calendar', refusal: 'warning' }[kind];
  const button = issue.final || snapshot.step === 'card' ? []
    : [...retakes(station, snapshot, issue),
      el('button', { type: 'button', class: 'button small', 'data-test': `acknowledge-${issue.code}`, on: { click: () => station.acknowledge(issue) } },
        t('banner.acknowledge'))];
  return banner(kind, sign, ...issueWords(issue), el('div', { class: 'row' }, button));
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

function banner(kind, sign, words, next, button) {
  return el('div', { class: `banner ${kind}`, 'data-test': `banner-${kind}` },
    el('span', { class: 'sign' }, icon(sign, 24)),
    el('div', {}, el('b', {}, words), next ? el('span', {}, next) : null), button);
}
