// outcome.js is what stands behind the last step: the receipt, with the way to the
// next citizen of the same guardian; of a card that was only looked at, what was
// found.
import { moment, t } from '../words.js';
import { receipt } from './receipt.js';
import { verified } from './verified.js';

export function outcome(station) {
  if (!station.snapshot.receipt) return verified(station);
  const view = receipt(station);
  return {
    ...view,
    actions(snapshot) {
      const bar = view.actions(snapshot);
      const { household } = snapshot;
      return household ? { ...bar, others: [...(bar.others ?? []), next(station, household)] } : bar;
    },
  };
}

// next begins the same kind for another citizen of this guardian, who needs no
// second verification until a moment.
const next = (station, { after, until }) => ({ name: 'same-guardian', icon: 'family', label: t('guardian.next', { time: moment(until) }), run: () => station.act('begin', { after }) });
