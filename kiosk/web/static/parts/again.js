// again.js shows a step that is done once more, say to put something right that
// the review has found. What the step sends takes the enrolment wherever the
// station wants it; where it stays, the page goes back by itself.
import { t } from '../words.js';

// written are the steps that are done with one command; the others go on until
// the officer has seen enough.
const written = ['person', 'identity', 'guardian', 'request', 'family', 'documents', 'consent'];

// onceMore is a step's view with a way back.
export function onceMore(station, step, view) {
  const back = { name: 'again-back', icon: 'again', label: t('again.back'), run: () => station.again('') };
  return {
    ...view,
    actions(snapshot) {
      const bar = view.actions(snapshot);
      const next = { ...bar.next, async run() { if (await bar.next.run() !== false && written.includes(step)) station.again(''); } };
      return { ...bar, next, others: [back, ...(bar.others ?? []).filter((o) => o.name !== 'phone-skip')] };
    },
  };
}
