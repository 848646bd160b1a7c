// api-staff.js are the questions about who works here, and with what.
import { json, request } from './api.js';

const post = (path, body, signal) => request('POST', path, JSON.stringify(body), 'application/json', signal);

// me is the person of this session, with the own security keys.
export const me = () => json(request('GET', '/api/me'));

// about says which program this is and what it is made of.
export const about = () => json(request('GET', '/api/about'));

// dropKey removes an own security key; the PIN is given again.
export const dropKey = (pin, key) => post('/api/passkey/remove', { pin, key });

// people are those of the station, for its administrator.
export const people = () => json(request('GET', '/api/people'));

// change changes one of them. The answer has them all, and a new PIN once.
export const change = (what) => json(post('/api/people', what));

// doctor says what is built in, what answers and what is missing.
export const doctor = () => json(request('GET', '/api/doctor'));

// check tries one of the devices, until the signal ends it.
export const check = (part, signal) => json(post('/api/check', { part }, signal));
