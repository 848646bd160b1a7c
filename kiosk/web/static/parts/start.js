// start.js begins what is laid on the reader next.
import { pick } from '../words.js';
import { confirmDrop } from './dialogs.js';
import { fingerName, inside } from './facts.js';

// start begins a unit by its identifier. One finger alone takes its exception
// back, with the picture and the signature: that is asked first.
export function start(station, unit) {
  const run = () => station.act('fingers-start', { unit });
  const number = Number(unit.replace('r', ''));
  const excepted = station.snapshot.fingers.find((f) => f.finger === number && f.exception);
  if (excepted) confirmDrop(inside(fingerName(excepted)), pick(excepted.exception.reason), run);
  else run();
}
