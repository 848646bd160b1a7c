// fingers.js shows which fingers are laid on the reader now.
import { el } from '../../dom.js';
import { pick, t } from '../../words.js';
import { hands } from '../../parts/hand.js';

export function fingers(desk) {
  const drawing = hands();
  return {
    node: el('div', { class: 'calm' }, drawing.node),
    title: () => pick(now(desk.view)?.prompt) || t('citizen.title-fingers'),
    lead: () => t('citizen.lead-fingers'),
    update(view) {
      const unit = now(view);
      const states = new Map((view.prints?.units ?? []).flatMap((u) => u.fingers.map((f) => [f, { active: 'active', done: 'done' }[u.state] ?? '']))
        .concat((unit?.fingers ?? []).map((f) => [f, unit.state === 'active' ? 'active' : 'wanted'])));
      drawing.update(states, unit);
      drawing.look([...states.keys()]);
    },
  };
}

// now is what is laid down at present, or will be next.
const now = (view) => view.prints?.units?.find((u) => u.state === 'active') ?? view.prints?.units?.find((u) => u.state === 'todo');
