// verified.js shows what was found of a card that was only looked at. Nothing of
// it is kept: the next button forgets it.
import { el, fill, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { checkList } from '../parts/checks.js';
import { chipPhoto } from '../parts/chipphoto.js';
import { factList } from '../parts/facts.js';

const signs = { failed: 'shield', inconclusive: 'question', passed: 'check' };

// found is the gravest of the outcomes.
const found = (checks) => ['failed', 'inconclusive', 'passed'].find((o) => checks.some((c) => c.outcome === o)) ?? 'inconclusive';

export function verified(station) {
  const face = chipPhoto();
  const facts = el('div');
  const checks = el('div');
  const word = el('div', { class: 'stack tight', role: 'status' });
  const node = el('div', { class: 'columns wide-left verified' },
    el('section', { class: 'panel stack' }, word, el('div', { class: 'who' }, face.node, facts)),
    el('section', { class: 'panel stack' }, el('h2', {}, icon('chip'), t('chip.title')), checks, el('p', { class: 'small soft' }, t('verified.nothing'))));
  let mark = '';
  return {
    node,
    title: () => t('verified.title'),
    update(snapshot) {
      face.update(snapshot);
      const next = JSON.stringify([snapshot.person.fields, snapshot.checks]);
      if (next === mark) return;
      mark = next;
      const outcome = found(snapshot.checks);
      fill(word, el('div', { class: `note ${{ failed: 'bad', inconclusive: 'unsure', passed: 'good' }[outcome]}`, 'data-test': 'verified', 'data-outcome': outcome },
        el('span', { class: 'sign' }, icon(signs[outcome])), el('span', {}, el('b', {}, t(`verified.${outcome}`)), t(`verified.${outcome}-next`))));
      const others = snapshot.issues.filter((i) => !i.code.startsWith('check:')); // say, that it has expired
      word.append(...others.map((i) => el('div', { class: 'note unsure', 'data-test': `verified-${i.code}` }, el('span', { class: 'sign' }, icon('calendar')), el('span', {}, el('b', {}, pick(i.words)), pick(i.next)))));
      fill(facts, factList(snapshot.person.fields));
      fill(checks, checkList(snapshot.checks));
    },
    actions: () => ({
      next: { label: t('receipt.next'), run: () => station.act('finish') },
      hint: t('verified.hint'),
      others: [{ name: 'verify-again', icon: 'again', label: t('verified.again'), run: () => station.act('begin', { kind: 'verify' }) }],
    }),
  };
}
