// rooms.js lists the pages that stand beside the enrolment: what opens them,
// who may, and whether they open while an enrolment is under way.
import { lookup } from './lookup.js';
import { queue } from './queue.js';
import { warnings } from './warnings.js';

// rooms by name. view makes the page, as a step's does; sign is its icon; key
// opens it from the keyboard; roles may enter, all where none is named; during
// says that it opens while an enrolment is under way.
export const rooms = {
  lookup: { view: lookup, sign: 'question', key: 'F3' },
  queue: { view: queue, sign: 'inbox', key: 'F4', during: true },
  warnings: { view: warnings, sign: 'bell', during: true },
};

// mayEnter reports whether somebody may open a page now; '' is none.
export function mayEnter(name, role, between) {
  const room = rooms[name];
  return room !== undefined && (between || room.during === true) && (room.roles ?? [role]).includes(role);
}
