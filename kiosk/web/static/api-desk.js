// api-desk.js is what a supervisor asks of the station: held applications, the
// end of the day, the audit log.
import { json, request } from './api.js';

const post = (path, body) => request('POST', path, JSON.stringify(body), 'application/json');

export const held = () => json(request('GET', '/api/held'));

// openHeld opens an application that waits, with the text of the supervisor's key file.
export const openHeld = (id, identity) => json(post('/api/held/open', { id, identity }));

// decideHeld releases it or turns it down; the decision carries the proof.
export const decideHeld = (decision) => post('/api/held/decide', decision);

export const day = () => json(request('GET', '/api/day'));

// lookedAt notes that the supervisor has looked at a flagged application.
export const lookedAt = (id) => post('/api/day', { id });

// acts is a page of the audit log, newest first; what is empty narrows nothing.
export function acts(filter) {
  const given = Object.entries(filter).filter(([, value]) => value !== '' && value !== undefined);
  return json(request('GET', `/api/audit?${new URLSearchParams(given)}`));
}
