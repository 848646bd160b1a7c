// fingers.js shows which fingers are laid on the reader now, and how to lay them
// down better after a weak try.
import { el } from '../../dom.js';
import { pick, t } from '../../words.js';
import { hands } from '../../parts/hand.js';

export function fingers(desk) {
  const drawing = hands();
  const note = el('p', { class: 'note', role: 'status', 'data-test': 'finger-cause' });
  const name = () => (now(desk.view) ? 'fingers' : 'lifted');
  return {
    node: el('div', { class: 'calm' }, drawing.node, note),
    live: true,
    title: () => pick(now(desk.view)?.prompt) || t(`citizen.title-${name()}`),
    lead: () => t(`citizen.lead-${name()}`),
    update(view) {
      const unit = now(view);
      const states = new Map((view.prints?.units ?? []).flatMap((u) => u.fingers.map((f) => [f, { active: 'active', done: 'done' }[u.state] ?? '']))
        .concat((unit?.fingers ?? []).map((f) => [f, unit.state === 'active' ? 'active' : 'wanted'])));
      drawing.update(states, unit);
      drawing.look([...states.keys()]);
      const text = pick(weak(view, unit)?.causes[0]);
      if (note.textContent !== text) note.textContent = text;
    },
  };
}

// now is what is laid down at present, or will be next.
const now = (view) => view.prints?.units?.find((u) => u.state === 'active') ?? view.prints?.units?.find((u) => u.state === 'todo');

// weak is a finger of the unit whose last try was not good enough.
const weak = (view, unit) => view.prints?.fingers.find((f) => unit?.fingers.includes(f.finger) && f.causes.length > 0);
