// truth.js is the truth table of what can go wrong: which row a code belongs
// to. A row has its own sign (here), colour (css/truth.css), sound (sound.js)
// and words with the next action (words/truth.json), so that a loose cable, a
// card that moved, a wrong key and a check that failed never look alike.

const row = (sign, ...codes) => ({ sign, codes });

// rows by name, in the order of the counter: reader, card, chip, devices,
// station.
export const rows = {
  'no-reader': row('plug', 'no-reader'),
  'reader-busy': row('windows', 'reader-busy', 'card-reset'),
  'card-lost': row('card', 'card-lost', 'timeout', 'no-card'),
  'chip-silent': row('chip', 'chip-silent', 'chip-timeout', 'session-ended', 'chip-error', 'chip-unreadable', 'protocol'),
  'other-card': row('swap', 'other-card', 'other-citizen', 'same-person', 'not-an-id-card'),
  'wrong-key': row('key', 'wrong-key', 'no-key', 'too-many-keys', 'needs-mrz', 'key-blocked', 'pin-suspended', 'pin-last-try'),
  failed: row('shield'),
  revoked: row('ban', 'check:revocation'),
  expired: row('calendar', 'expired', 'guardian-expired'),
  inconclusive: row('question', 'inconclusive', 'no-trust'),
  differs: row('differ'),
  'no-camera': row('camera', 'no-camera', 'no-judge', 'webcam'),
  'no-scanner': row('finger', 'no-scanner'),
  disk: row('disk', 'disk', 'outbox', 'no-room', 'space-full', 'space-low', 'journal-aside', 'journal-torn', 'journal-version', 'unlogged'),
  daemon: row('station', 'daemon', 'closed'),
  network: row('offline', 'network', 'phone-offline', 'appointments-offline'),
  refusal: row('warning'),
  notice: row('info'),
  good: row('again', 'resumed'),
};

const byCode = new Map(Object.entries(rows).flatMap(([name, { codes }]) => codes.map((code) => [code, name])));

// authenticity are the checks that say whether the chip is its issuer's.
const authenticity = new Set(['sod-hashes', 'sod-signature', 'chain', 'card-access', 'card-security', 'chip-authentication', 'active-authentication']);

// checkOf takes an issue's code apart: "check:sod-hashes", of the guardian's
// card "check:guardian/sod-hashes"; '' where it is about no check.
export function checkOf(code) {
  const [, guardian, check = ''] = code.match(/^check:(guardian\/)?(.+)$/) ?? [];
  return { check, guardian: guardian !== undefined };
}

// rowOf is the row of a code, otherwise where the table does not name it.
export function rowOf(code, otherwise = 'refusal') {
  if (byCode.has(code)) return byCode.get(code);
  const { check } = checkOf(code);
  if (check) return byCode.get(`check:${check}`) ?? (authenticity.has(check) ? 'failed' : 'differs');
  return /^(conflict|register):/.test(code) ? 'differs' : otherwise;
}
