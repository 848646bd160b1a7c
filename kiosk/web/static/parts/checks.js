// checks.js lists the outcome of each check on the chip: a sign, a colour and
// a word, so that nobody needs to see the colour.
import { el, icon } from '../dom.js';
import { known, pick, t } from '../words.js';

const signs = { passed: 'check', failed: 'cross', inconclusive: 'question', 'not supported': 'dash', 'not done': 'dash' };

// nameOf is the check in the officer's words.
export const nameOf = (check) => (known(`check.${check.check}`) ? t(`check.${check.check}`) : check.check);

// quiet are the checks that an officer has nothing to do about unless they say
// that something is wrong: the dossier holds them in any case.
const quiet = new Set(['files', 'card-access', 'card-security', 'revocation', 'terminal-authentication']);
const loud = (check) => !quiet.has(check.check) || check.outcome === 'failed' || check.outcome === 'inconclusive';

// checkList lists the outcomes. What was not done is one row: it is true, and
// it is not what the officer has to look at.
export function checkList(all, compact = false) {
  const checks = all.filter(loud);
  const open = checks.filter((c) => c.outcome === 'not done');
  const rows = checks.filter((c) => c.outcome !== 'not done').map((check) => row(check.outcome, nameOf(check), pick(check.reason), check.check));
  if (open.length > 0) rows.push(row('not done', open.map(nameOf).join(', '), open.map((c) => pick(c.reason)).join(' '), 'open'));
  return el('ul', { class: `checks ${compact ? 'compact' : ''}` }, rows);
}

const row = (outcome, name, reason, mark) => el('li', { class: outcome.replace(' ', '-'), title: reason, 'data-test': `check-${mark}` },
  el('span', { class: 'mark' }, icon(signs[outcome], 16)), el('span', {}, name), el('span', { class: 'word' }, t(`outcome.${outcome}`)));

// reading says what is being read: a stage in words, or a file by its name.
const reading = (step) => (known(`chip.stage.${step}`) ? t(`chip.stage.${step}`) : t('chip.reading-file', { file: step }));

// chipProgress shows how far the reading of the chip is.
export function chipProgress() {
  const filled = el('div', { class: 'filled' });
  const what = el('span');
  const share = el('span', { class: 'number' });
  const node = el('div', { class: 'progress', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-label': t('chip.title') },
    el('div', { class: 'track' }, filled), el('div', { class: 'legend' }, what, share));
  return {
    node,
    update(chip) {
      const done = chip.state === 'done';
      const part = done ? 1 : chip.total > 0 ? Math.min(1, chip.done / chip.total) : 0;
      filled.style.width = `${(part * 100).toFixed(1)}%`;
      node.className = `progress ${done ? 'done' : chip.state === 'failed' ? 'stopped' : ''}`;
      node.setAttribute('aria-valuenow', String(Math.round(part * 100)));
      what.textContent = chip.state === 'reading' && chip.step ? reading(chip.step) : t(`chip.${chip.state}`);
      share.textContent = chip.total > 0 ? `${(chip.done / 1024).toFixed(1)} / ${(chip.total / 1024).toFixed(1)} kB` : '';
    },
  };
}
