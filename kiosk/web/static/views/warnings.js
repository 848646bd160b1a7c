// warnings.js shows the truth table to learn from: each row with its colour,
// sign and next action, and its sound to listen to.
import { el, icon } from '../dom.js';
import { t } from '../words.js';
import { mute, muted, play } from '../parts/sound.js';
import { rows } from '../parts/truth.js';

const done = ['lift', 'taken']; // what sounds without a banner

export function warnings(station) {
  const all = [...Object.entries(rows).map(([name, { sign }]) => line(name, name, sign)), ...done.map((name) => line(name, 'good', 'check'))];
  const node = el('div', { class: 'panel warnings-table' },
    el('ul', { 'aria-label': t('title.warnings'), tabindex: '0' }, all));
  const turn = () => {
    mute(!muted());
    play('taken');
    station.redraw();
  };
  return {
    node,
    update() {
      node.querySelectorAll('button').forEach((hear) => { hear.disabled = muted(); });
    },
    actions: () => ({
      next: { label: t('truth.back'), run: () => station.enter('') },
      hint: t(muted() ? 'truth.hint-off' : 'truth.hint-on'),
      others: [{ name: 'sound', icon: muted() ? 'silent' : 'speaker', label: t(muted() ? 'truth.sound-off' : 'truth.sound-on'), run: turn }],
    }),
  };
}

function line(name, look, sign) {
  const label = t('truth.hear', { row: t(`truth.${name}`) });
  return el('li', { class: `banner ${look}`, 'data-test': `row-${name}` },
    el('span', { class: 'sign' }, icon(sign, 22)),
    el('div', {}, el('b', {}, t(`truth.${name}`)), el('span', { class: 'todo' }, icon('next', 16), t(`truth-next.${name}`))),
    el('button', { type: 'button', class: 'button quiet', 'data-test': `hear-${name}`, 'aria-label': label, title: label, on: { click: () => play(name) } }, icon('speaker', 20)));
}
