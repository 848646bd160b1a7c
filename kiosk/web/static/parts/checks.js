// checks.js lists the outcome of each check on the chip: a sign, a colour and
// a word, so that nobody needs to see the colour.
import { el, icon } from '../dom.js';
import { amountOf, known, pick, t } from '../words.js';
import { progress } from './progress.js';

const signs = { passed: 'check', failed: 'cross', inconclusive: 'question', 'not supported': 'dash', 'not done': 'dash' };

const guardians = 'guardian/'; // stands before the checks of the guardian's card

// ofGuardian reports a check of the guardian's card.
export const ofGuardian = (check) => check.check.startsWith(guardians);

// bareName is a check's name without whose card it is of.
export const bareName = (check) => check.check.replace(guardians, '');
const plainName = (check) => (known(`check.${bareName(check)}`) ? t(`check.${bareName(check)}`) : bareName(check));

// nameOf is the check in the officer's words.
export const nameOf = (check) => (ofGuardian(check) ? `${t('step.guardian')}: ${plainName(check)}` : plainName(check));

// quiet are the checks that an officer has nothing to do about unless they say
// that something is wrong: the dossier holds them in any case.
const quiet = new Set(['files', 'card-access', 'card-security', 'revocation', 'terminal-authentication']);
const loud = (check) => !quiet.has(bareName(check)) || check.outcome === 'failed' || check.outcome === 'inconclusive';

// checkList lists the outcomes. What was not done is one row: it is true, and
// it is not what the officer has to look at.
export function checkList(all, compact = false) {
  const checks = brief(all).filter(loud);
  const open = checks.filter((c) => c.outcome === 'not done');
  const rows = checks.filter((c) => c.outcome !== 'not done').map((check) => row(check.outcome, nameOf(check), pick(check.reason), check.check));
  if (open.length > 0) rows.push(row('not done', open.map(nameOf).join(', '), open.map((c) => pick(c.reason)).join(' '), 'open'));
  return el('ul', { class: `checks ${compact ? 'compact' : ''}` }, rows);
}

// brief makes one row of the guardian's checks where nothing is to be done about
// any of them: the officer has seen them in their own step.
function brief(all) {
  const theirs = all.filter(ofGuardian);
  const rest = all.filter((c) => !theirs.includes(c));
  if (rest.length === 0 || theirs.length < 2 || theirs.some((c) => c.outcome === 'failed')) return all;
  const open = theirs.find((c) => c.outcome === 'inconclusive');
  return [...rest, open ?? { check: `${guardians}chip`, outcome: 'passed', reason: theirs[0].reason }];
}

const row = (outcome, name, reason, mark) => el('li', { class: outcome.replace(' ', '-'), title: reason, 'data-test': `check-${mark}` },
  el('span', { class: 'mark' }, icon(signs[outcome], 16)), el('span', {}, name), el('span', { class: 'word' }, t(`outcome.${outcome}`)));

// reading says what is being read: a stage in words, or a file by its name.
const reading = (step) => (known(`chip.stage.${step}`) ? t(`chip.stage.${step}`) : t('chip.reading-file', { file: step }));

// likely is how many bytes a card's files have at least: at first only the next
// file's size is known.
const likely = 12 * 1024;

// chipProgress shows how far the reading of the chip is.
export function chipProgress() {
  const bar = progress(t('chip.title'), 'chip');
  return {
    node: bar.node,
    update(chip) {
      const done = chip.state === 'done';
      const stopped = chip.state === 'failed' || chip.step === 'card-lost';
      bar.update({
        part: done ? 1 : chip.done / Math.max(chip.total, likely),
        state: done ? 'done' : stopped ? 'stopped' : '',
        text: chip.state === 'reading' && chip.step ? reading(chip.step) : t(`chip.${chip.state}`),
        amount: chip.total > (done ? 0 : likely) ? amountOf(chip.done, chip.total) : '',
      });
    },
  };
}
