// fix.js offers to bring the section again that the central asks for.
import { el, icon } from '../dom.js';
import { stamp, t } from '../words.js';

// fix is what is asked of one application; null where nothing is. ready says
// whether a correction may begin now.
export function fix(station, entry, ready = true) {
  if (!entry.fix) return null;
  const section = t(`section.${entry.fix.section}`);
  if (entry.corrected) return el('p', { class: 'soft', 'data-test': 'corrected' }, t('correct.done'));
  const begin = async () => {
    if (await station.act('correct', { dossier: entry.id })) station.enter(''); // to its first step
  };
  return el('div', { class: 'fix', 'data-test': 'fix' },
    el('b', {}, t('correct.title', { section })), el('span', { lang: 'vi' }, entry.fix.words),
    el('small', {}, t('correct.until', { time: stamp(entry.fix.deadline) })),
    el('button', { type: 'button', class: 'button small', disabled: !ready, 'data-test': 'correct', on: { click: begin } },
      icon('again', 20), t('correct.go')), el('small', {}, t(ready ? 'correct.how' : 'correct.later')));
}
