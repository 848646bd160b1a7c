// enter.js lets this window in: the officer's page shows the code.
import { el } from '../../dom.js';
import { t } from '../../words.js';
import { digits } from '../keys.js';
import { wasEntered } from '../line.js';

const length = 8;

export function enter(desk) {
  const { draft } = desk;
  draft.digits ??= '';
  const field = digits({ name: 'entry', label: t('citizen.entry'), kind: 'entry', max: length, value: draft.digits,
    changed: (value) => { draft.digits = value; desk.redraw(); } });
  return {
    node: el('div', { class: 'typed' }, el('div', { class: 'ask' }, field.input), field.node),
    title: () => t(wasEntered() ? 'citizen.title-closed' : 'citizen.title-enter'),
    lead: () => t('citizen.lead-enter'),
    focus: () => field.input,
    update() { if (draft.digits === '' && field.input.value !== '') field.set(''); },
    actions: () => ({ next: { label: t('citizen.enter'), disabled: draft.digits.length !== length, run: () => desk.enter(draft.digits) } }),
  };
}
