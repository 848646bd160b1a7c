// quiet.js are the screens on which the citizen does nothing: one picture, one
// sentence.
import { el, icon } from '../../dom.js';
import { t } from '../../words.js';

export const quiet = (name, sign) => () => ({
  node: el('div', { class: 'calm' }, el('span', { class: 'disc' }, icon(sign, 132))),
  title: () => t(`citizen.title-${name}`),
  lead: () => t(`citizen.lead-${name}`),
});
