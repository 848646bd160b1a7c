// rooms.js lists the pages that stand beside the enrolment: what opens them,
// who may, and whether they open while an enrolment is under way.
import { audit } from './audit.js';
import { desk } from './desk.js';
import { devices } from './devices.js';
import { lookup } from './lookup.js';
import { queue } from './queue.js';
import { warnings } from './warnings.js';
import { people } from './people.js';
import { settings } from './settings.js';

// rooms by name. view makes the page, as a step's does; sign is its icon; key
// opens it from the keyboard; roles may enter, all where none is named; during
// says that it opens while an enrolment is under way; home is the role whose
// first page it is.
export const rooms = {
  lookup: { view: lookup, sign: 'question', key: 'F3', roles: ['officer', 'supervisor'] },
  queue: { view: queue, sign: 'inbox', key: 'F4', during: true },
  desk: { view: desk, sign: 'person', roles: ['supervisor'], during: true },
  audit: { view: audit, sign: 'paper', roles: ['supervisor', 'administrator'], during: true },
  warnings: { view: warnings, sign: 'bell', during: true },
  devices: { view: devices, sign: 'pulse' },
  people: { view: people, sign: 'people', roles: ['administrator'], during: true, home: 'administrator' },
  settings: { view: settings, sign: 'gear', during: true },
};

// mayEnter reports whether somebody may open a page now; '' is none.
export function mayEnter(name, role, between) {
  const room = rooms[name];
  return room !== undefined && (between || room.during === true) && (room.roles ?? [role]).includes(role);
}

// homeOf is the page that somebody of a role begins with, '' the enrolment's.
export const homeOf = (role) => Object.keys(rooms).find((name) => rooms[name].home === role) ?? '';
