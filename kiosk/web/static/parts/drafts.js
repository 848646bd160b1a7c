// drafts.js keeps what was typed into a step and is not sent yet, while another
// language, another page or a lock stands in its place. It is in this window's
// memory and nowhere else, and serves the enrolment and the step of the station
// that it was typed in: with the next one it is gone.

let turn = ''; // the enrolment and its step
const kept = new Map(); // drafts by the step that was shown

function now(id, at) {
  if (turn !== `${id} ${at}`) kept.clear();
  turn = `${id} ${at}`;
}

// keep takes the draft of a view that goes.
export function keep(id, at, step, draft) {
  now(id, at);
  kept.set(step, draft);
}

// draftOf is what was kept of a step; undefined where nothing was.
export function draftOf(id, at, step) {
  now(id, at);
  return kept.get(step);
}

// forget drops what was kept of a step, without one of all.
export function forget(step) {
  if (step === undefined) kept.clear();
  else kept.delete(step);
}
