// notice.js is what the law has the officer tell the citizen first.
import { el, icon } from '../dom.js';
import { pick, t } from '../words.js';
import { inside } from '../parts/facts.js';

const points = [['what', 'paper'], ['data', 'finger'], ['use', 'shield'], ['free', 'check'], ['rights', 'person']];

// laid lists what the rules want of the citizen's fingers.
const laid = ({ prints }) => prints.units.filter((u) => !u.rolled).map((u) => inside(pick(u.words))).join(', ');

// ahead is the step behind the notice: not every kind begins with the card.
const ahead = ({ steps }) => inside(t(`step.${steps.find((s) => s.state === 'todo')?.name ?? 'card'}`));

export function notice(station) {
  const fingers = laid(station.snapshot);
  const heard = el('input', { type: 'checkbox', 'data-test': 'heard', on: { change: () => station.redraw() } });
  const node = el('div', { class: 'stack' },
    el('section', { class: 'panel' }, el('ul', { class: 'law' }, points.map(([name, sign]) => el('li', {},
      el('span', { class: 'sign pale' }, icon(sign === 'shield' ? 'lock' : sign, 24)),
      el('div', {}, el('b', {}, t(`notice.${name}`)), t(`notice.${name}-text`, { fingers })))))),
    el('label', { class: 'tick' }, heard, el('span', {}, el('b', {}, t('notice.heard')))));
  return {
    node,
    update() {},
    actions: (snapshot) => ({
      next: { label: t('next.to', { step: ahead(snapshot) }), disabled: !heard.checked, run: () => station.act('notice') },
      hint: heard.checked ? '' : t('notice.hint', { days: snapshot.rules.working_days }),
    }),
  };
}
