// measures.js shows what was measured of a picture: bars while the camera
// runs, and afterwards only what is not in order.
import { el, fill, icon } from '../dom.js';
import { known, pick, t } from '../words.js';

const nameOf = (m) => (known(`measure.${m.name}`) ? t(`measure.${m.name}`) : m.name);

// measureList keeps a list at the measures; a bar that only moves is not made
// anew.
export function measureList(list, measures) {
  const mark = measures.map(nameOf).join('|');
  if (list.dataset.mark !== mark) {
    list.dataset.mark = mark;
    fill(list, measures.map((m) => el('li', {}, el('span', {}, nameOf(m)), el('div', { class: 'track' }, el('div', { class: 'filled' })))));
  }
  measures.forEach((m, i) => {
    const item = list.children[i];
    item.classList.toggle('ok', m.ok);
    item.querySelector('.filled').style.width = `${Math.max(0, Math.min(100, m.score))}%`;
  });
}

// warningLine names what only warns.
export function warningLine(line, measures) {
  const text = measures.length > 0 ? t('portrait.warnings', { list: measures.map(nameOf).join(', ') }) : '';
  if (line.textContent !== text) line.textContent = text;
}

// failedList is what is not in order, warnings after what counts.
export function failedList(failed) {
  if (failed.length === 0) return el('p', { class: 'fine' }, icon('check', 20), t('portrait.all-good'));
  return el('ul', { class: 'failed' }, failed.map((f) => el('li', { class: f.advisory ? 'warns' : '' },
    icon(f.advisory ? 'info' : 'warning', 20),
    el('div', {}, el('b', {}, nameOf(f)), el('small', {}, ` · ${t(f.advisory ? 'portrait.warns' : 'portrait.fails')}`), el('span', {}, pick(f.words))))));
}
