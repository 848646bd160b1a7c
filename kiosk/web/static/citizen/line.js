// line.js speaks to the station for the citizen's own screen. Its token is
// another one than an officer's and opens nothing of the officer's.
import { Problem, exchange, listen } from '../api.js';

const tokenName = 'tram-citizen';
const knownName = 'tram-citizen-known'; // this window was let in before

const token = () => ({ 'X-Tram-Citizen': sessionStorage.getItem(tokenName) ?? '' });

export const entered = () => sessionStorage.getItem(tokenName) !== null;
export const wasEntered = () => sessionStorage.getItem(knownName) !== null;
export const forget = () => sessionStorage.removeItem(tokenName);

async function ask(method, path, body, type, signal) {
  const mine = sessionStorage.getItem(tokenName);
  try {
    return await exchange(method, path, token(), body, type, signal);
  } catch (problem) {
    if (problem.status === 401 && sessionStorage.getItem(tokenName) === mine) forget();
    throw problem;
  }
}

// enter exchanges the code on the officer's page for this window's token.
export async function enter(code) {
  const answer = await exchange('POST', '/api/citizen/enter', {}, JSON.stringify({ code }), 'application/json');
  sessionStorage.setItem(tokenName, (await answer.json()).token);
  sessionStorage.setItem(knownName, '1');
}

// act sends one command about the enrolment that this page shows: typed for one
// citizen, it never reaches the next. With a version it holds for that view
// alone. It answers with the view that it led to.
export const act = async (enrolment, name, args = {}, version = undefined) => (await ask('POST', '/api/citizen/do',
  JSON.stringify({ id: crypto.randomUUID(), enrolment, name, args, if_version: version }), 'application/json')).json();

// upload gives the station the picture of a signature, and answers with its name.
export async function upload(enrolment, png) {
  if (!png) throw new Problem(0, { code: 'blank-signature' }); // the browser made none of it
  return (await (await ask('POST', `/api/citizen/upload?${new URLSearchParams({ enrolment })}`, png, png.type)).json()).name;
}

// portrait is the own picture of the citizen of an enrolment; null while there
// is none.
export async function portrait(enrolment) {
  try {
    return await createImageBitmap(await (await ask('GET', `/api/citizen/image/portrait?${new URLSearchParams({ enrolment })}`)).blob());
  } catch {
    return null; // what is wrong with the line, the stream of views tells
  }
}

// follow calls seen with each view until the stream ends.
export async function follow(seen, signal) {
  await listen(await ask('GET', '/api/citizen/events', undefined, undefined, signal), seen);
}
