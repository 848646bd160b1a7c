// api.js speaks to the daemon. The token lives in this window's session
// storage and travels in a header, never in an address.
import { wordsOf } from './words.js';

const tokenName = 'tram-token';

// Problem is a refusal of the station, with words for the officer. wait is for
// how many seconds it stays, where the station says so.
export class Problem extends Error {
  constructor(status, error, wait = 0) {
    super(error.code);
    Object.assign(this, { status, wait, ...error });
  }
}

// unreachable is the problem of a daemon that does not answer.
export const unreachable = (status = 0) => new Problem(status, { code: 'daemon', words: wordsOf('line.daemon'), next: wordsOf('line.daemon-next') });

const whoName = 'tram-who';
const roleName = 'tram-role';
const lastName = 'tram-officer'; // of this computer: an identifier, never a name

// who is whose session this window has.
export const who = () => sessionStorage.getItem(whoName) ?? '';

// role is what that person may do: "officer", "supervisor" or "administrator".
export const role = () => sessionStorage.getItem(roleName) ?? '';

// last is who signed in at this computer before.
export const last = () => localStorage.getItem(lastName) ?? '';

export const loggedIn = () => sessionStorage.getItem(tokenName) !== null;
export const forget = () => sessionStorage.removeItem(tokenName);

export async function request(method, path, body, type, signal) {
  const token = sessionStorage.getItem(tokenName);
  try {
    return await exchange(method, path, token ? { 'X-Tram-Token': token } : {}, body, type, signal);
  } catch (problem) {
    if (problem.code === 'login') forget(); // a wrong PIN of somebody else ends nothing
    throw problem;
  }
}

// exchange sends one request and answers with what came; a refusal is a Problem.
export async function exchange(method, path, headers, body, type, signal) {
  let answer;
  try {
    answer = await fetch(path, { method, headers: type ? { ...headers, 'Content-Type': type } : headers, body, signal, cache: 'no-store', credentials: 'omit' });
  } catch {
    throw unreachable();
  }
  if (answer.ok) return answer;
  const error = await answer.json().then((said) => said.error).catch(() => null);
  if (!error) throw unreachable(answer.status); // not the station's own answer
  throw new Problem(answer.status, error, Number(answer.headers.get('Retry-After')) || 0);
}

// json reads an answer; one that breaks off is none.
export async function json(answer) {
  const whole = await answer;
  return whole.json().catch(() => { throw unreachable(); });
}

const paths = { login: '/api/login', unlock: '/api/unlock', takeover: '/api/handover' };

// enter exchanges a proof, {officer, pin} or a security key's answer, for this
// window's token.
export async function enter(mode, { officer, ...proof }) {
  const body = mode === 'unlock' || officer === undefined ? proof : { officer, ...proof };
  const session = await json(request('POST', paths[mode], JSON.stringify(body), 'application/json'));
  sessionStorage.setItem(tokenName, session.token);
  sessionStorage.setItem(whoName, session.officer);
  sessionStorage.setItem(roleName, session.role);
  localStorage.setItem(lastName, session.officer);
}

// keys reports whether this page can ask for security keys: they answer to
// localhost alone.
export const keys = () => location.hostname === 'localhost' && 'PublicKeyCredential' in window;

// withKey has the browser speak with a security key. Nobody is left without a
// word: a browser does not say whether the person called it off, or whether the
// key is another one or none.
async function withKey(speak) {
  try {
    return await speak();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name === 'InvalidStateError') throw new Problem(0, { code: 'key-there', words: wordsOf('key.there'), next: wordsOf('key.there-next') });
    throw new Problem(0, { code: 'key-silent', words: wordsOf('key.silent'), next: wordsOf('key.silent-next') });
  }
}

// askKey asks for a security key, and answers with the proof.
export async function askKey(what) {
  const { ceremony, options } = await json(request('POST', '/api/passkey/login/begin', JSON.stringify(what), 'application/json'));
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
  const answer = await withKey(() => navigator.credentials.get({ publicKey }));
  return { ceremony, answer: answer.toJSON() };
}

// addKey registers a security key of this session's person, who gives the PIN
// again.
export async function addKey(pin, name) {
  const { ceremony, options } = await json(request('POST', '/api/passkey/register/begin', JSON.stringify({ pin, name }), 'application/json'));
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
  const made = await withKey(() => navigator.credentials.create({ publicKey }));
  await request('POST', '/api/passkey/register/finish', JSON.stringify({ ceremony, answer: made.toJSON() }), 'application/json');
}

export const lock = () => request('POST', '/api/lock', '{}', 'application/json');

export async function logout() {
  try {
    await request('POST', '/api/logout', '{}', 'application/json');
  } finally {
    forget();
  }
}

export const state = () => json(request('GET', '/api/state'));
export const queue = () => json(request('GET', '/api/queue'));

// resend has one application sent again, or at once all that wait.
export const resend = (id) => request('POST', '/api/queue/retry', JSON.stringify(id ? { id } : {}), 'application/json');

export const devices = () => json(request('GET', '/api/devices'));

// The citizen's own screen: openSecond answers with the code that it is entered by.
export const openSecond = () => json(request('POST', '/api/citizen/open', '{}', 'application/json'));
export const closeSecond = () => request('POST', '/api/citizen/close', '{}', 'application/json');

export const about = () => json(request('GET', '/api/station'));

// appointments asks who said that they come today, masked.
export const appointments = () => json(request('GET', '/api/appointments'));

// lookup finds the applications of a citizen by what is on the card.
export const lookup = (text) => json(request('POST', '/api/lookup', JSON.stringify({ text }), 'application/json'));

// places finds the units of an address by a part of their names.
export const places = (text) => json(request('POST', '/api/places', JSON.stringify({ text }), 'application/json'));

// upload sends the picture of a paper or of a signature; the answer names it for
// the enrolment's commands.
export const upload = (picture, purpose) => json(request('POST', `/api/upload?${new URLSearchParams({ for: purpose })}`, picture, picture.type));

// receipt is what stands on the receipt of a sealed application, now; office is
// who receives, as papers say it.
export const receipt = (id) => json(request('GET', `/api/receipt/${id}`));
export const office = () => json(request('GET', '/api/office'));

// printed notes that a paper, "receipt" or "form", is printed.
export const printed = (id, paper) => request('POST', '/api/printed', JSON.stringify({ id, paper }), 'application/json');

// act sends one command to the enrolment. The identifier makes a repeated
// send harmless; with a version it holds for that snapshot alone.
export const act = (name, args = {}, version = undefined) => json(request('POST', '/api/do',
  JSON.stringify({ id: crypto.randomUUID(), name, args, if_version: version }), 'application/json'));

// readQR sends a picture of the card and returns what its code or its zone says.
export const readQR = (file) => json(request('POST', '/api/qr', file, file.type));

// postFrame gives the station a frame of this page's camera: '' where it was
// taken, else the code of the reason.
export async function postFrame(jpeg, page, camera) {
  try {
    await request('POST', `/api/camera/frame?${new URLSearchParams({ page, camera })}`, jpeg, 'image/jpeg');
    return '';
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return problem.code;
  }
}

// image fetches one picture of the enrolment as a bitmap; null when there is none.
export async function image(path) {
  try {
    return await createImageBitmap(await (await request('GET', path)).blob());
  } catch (problem) {
    if (problem instanceof Problem && problem.status !== 404) throw problem;
    return null;
  }
}

// preview waits for another picture of the camera than the one of the number;
// null when there is none.
export async function preview(after) {
  const answer = await request('GET', `/api/preview?after=${after}`);
  if (answer.status === 204) return null;
  return { number: answer.headers.get('X-Tram-Picture'), picture: await createImageBitmap(await answer.blob()) };
}

// show keeps a fault of the page apart from a fault of the line.
function show(seen, text) {
  try {
    seen(JSON.parse(text));
  } catch (error) {
    reportError(error);
  }
}

// follow calls seen for each snapshot until the stream ends, then returns.
export async function follow(seen, signal) {
  await listen(await request('GET', '/api/events', undefined, undefined, signal), seen);
}

const silence = 25000; // ms: the station says every ten seconds that it is there

// heard is what comes next. A station that is silent for too long does not
// answer any more, although the connection still stands.
async function heard(reader) {
  let timer = 0;
  const tooLong = new Promise((_, fail) => { timer = setTimeout(() => fail(unreachable()), silence); });
  try {
    return await Promise.race([reader.read(), tooLong]);
  } catch (error) {
    reader.cancel().catch(() => {}); // it is over either way
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

// listen calls seen for each event of an answer that stays open.
export async function listen(answer, seen) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = '';
  for (;;) {
    const { value, done } = await heard(reader);
    if (done) return;
    pending += value;
    const events = pending.split('\n\n');
    pending = events.pop();
    for (const event of events) {
      const line = event.split('\n').find((l) => l.startsWith('data: '));
      if (line) show(seen, line.slice(6));
    }
  }
}
