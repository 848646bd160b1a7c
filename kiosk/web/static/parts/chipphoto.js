// chipphoto.js shows the chip's photograph, or says why there is none.
import { el } from '../dom.js';
import { t } from '../words.js';
import { still } from './still.js';

export function chipPhoto() {
  const picture = still('/api/image/dg2', t('person.chip-face'));
  const why = el('p', { class: 'why hidden', 'data-test': 'no-photo' });
  return {
    node: el('div', { class: 'chipphoto' }, picture.node, why),
    update({ id, chip }) {
      const none = chip.photo === 'none' || chip.photo === 'unreadable';
      why.classList.toggle('hidden', !none);
      if (none) why.textContent = t(`photo.${chip.photo}`);
      picture.refresh(chip.photo === 'shown' ? `${id}-${chip.tries}` : '');
    },
  };
}
