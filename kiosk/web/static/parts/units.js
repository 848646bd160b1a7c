// units.js says how the fingers stand: what is laid on the reader together,
// which of them are weak, look alike, or are excepted.

const slaps = { 13: [2, 3, 4, 5], 14: [7, 8, 9, 10], 15: [1, 6] };

// holds reports whether a finger is laid down with a unit.
export const holds = (unit, finger) => (slaps[unit.finger] ?? [unit.finger]).includes(finger);

// members are the fingers of a unit, also those that are excepted.
export function members(unit, { fingers, prints }) {
  const numbers = slaps[unit.finger] ?? [unit.finger];
  return numbers.map((n) => (unit.rolled && prints.rolled.find((f) => f.finger === n)) || fingers.find((f) => f.finger === n)).filter(Boolean);
}

// lacks says what an exception still needs: "photo", "supervisor" or ''.
export const lacks = ({ exception: e }) => (e?.wants_photo ? 'photo' : e?.wants_supervisor ? 'supervisor' : '');

// clashesOf are the open pairs that a finger is in.
export const clashesOf = ({ prints }, f) => prints.clashes.filter((c) => !c.acknowledged && (c.a === f.finger || c.b === f.finger));

// swaps reports whether a pair is a print that may be another finger's, and not
// one finger under two names.
export const swaps = (clash) => clash.issue.startsWith('finger-swapped:');

// withAlike adds to the fingers of a unit those that they look like, so that
// they can be compared.
export function withAlike(snapshot, own, unit) {
  if (unit.rolled || own.length > 1) return own;
  const others = own.flatMap((f) => clashesOf(snapshot, f).map((c) => (c.a === f.finger ? c.b : c.a)));
  return [...own, ...snapshot.fingers.filter((f) => others.includes(f.finger) && !own.includes(f) && f.state === 'done')];
}

// fingerState is how one finger is shown: "todo", "active", "done", "weak",
// "clash", "swapped", "exception" or "pending".
export function fingerState(snapshot, f) {
  if (f.state === 'exception') return lacks(f) ? 'pending' : 'exception';
  if (f.state !== 'done') return f.state;
  const clashes = clashesOf(snapshot, f);
  if (clashes.some((c) => !swaps(c))) return 'clash';
  if (clashes.some((c) => c.a === f.finger)) return 'swapped';
  return f.good ? 'done' : 'weak';
}

// handStates are the states for the drawing: what comes next is lit.
export function handStates(snapshot, now) {
  const states = new Map(snapshot.fingers.map((f) => [f.finger, fingerState(snapshot, f)]));
  for (const n of now?.fingers ?? []) states.set(n, now.state === 'active' ? 'active' : 'wanted');
  return states;
}
