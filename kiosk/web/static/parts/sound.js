// sound.js gives each row of the truth table a sound of its own, made by the
// browser: no file is loaded. Rhythm, direction and voice tell them apart, so
// that an officer who looks at the citizen hears what it is.

const switchName = 'tram-sound'; // in localStorage: "off" is silent

// muted reports whether this computer stays silent.
export const muted = () => localStorage.getItem(switchName) === 'off';

// mute turns the sounds of this computer off or on.
export const mute = (off) => localStorage.setItem(switchName, off ? 'off' : 'on');

// Notes are [frequency in Hz, begin and length in ms].
const tune = (voice, ...notes) => ({ voice, notes });
const tunes = {
  // reader and card: low, as from the desk
  'no-reader': tune('triangle', [392, 0, 150], [196, 160, 340]),
  'reader-busy': tune('triangle', [330, 0, 110], [330, 190, 110], [330, 380, 110]),
  'card-lost': tune('sine', [659, 0, 120], [440, 130, 120], [659, 320, 120], [440, 450, 160]),
  'chip-silent': tune('sine', [294, 0, 700]),
  'other-card': tune('triangle', [523, 0, 110], [698, 120, 110], [523, 240, 110], [698, 360, 150]),
  'wrong-key': tune('square', [165, 0, 130], [165, 170, 260]),
  // what the chip's checks say: descending, calm
  failed: tune('triangle', [587, 0, 200], [466, 210, 200], [370, 420, 420]),
  revoked: tune('triangle', [494, 0, 160], [494, 170, 160], [370, 340, 160], [247, 510, 420]),
  expired: tune('sine', [523, 0, 300], [415, 310, 480]),
  inconclusive: tune('sine', [440, 0, 160], [554, 190, 260]),
  differs: tune('sine', [392, 0, 180], [415, 90, 380]),
  // devices and the station
  'no-camera': tune('square', [880, 0, 50], [587, 90, 60]),
  'no-scanner': tune('square', [440, 0, 50], [554, 90, 50], [440, 180, 60]),
  disk: tune('triangle', [147, 0, 260], [147, 320, 420]),
  daemon: tune('triangle', [349, 0, 140], [277, 150, 140], [220, 300, 140], [175, 450, 300]),
  network: tune('sine', [784, 0, 120], [392, 220, 320]),
  refusal: tune('sine', [247, 0, 190]),
  notice: tune('sine', [880, 0, 170]),
  good: tune('sine', [523, 0, 110], [659, 120, 110], [784, 240, 240]),
  // what is done: the hands may move on
  lift: tune('sine', [784, 0, 100], [1047, 110, 260]),
  taken: tune('sine', [1319, 0, 60], [1319, 100, 60]),
};

const loud = { sine: 0.16, triangle: 0.18, square: 0.04 }; // a square carries far

let context = null;

// speaker is the browser's sound, null while it has to be silent: nobody has
// touched the page yet, or the sounds are off.
function speaker() {
  if (muted() || !navigator.userActivation.hasBeenActive) return null;
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume();
  return context;
}

// play sounds a tune by its name.
export function play(name, out = speaker()) {
  const tune = tunes[name];
  if (!out || !tune) return;
  for (const [frequency, begin, length] of tune.notes) {
    const start = out.currentTime + begin / 1000;
    const end = start + length / 1000;
    const gain = new GainNode(out, { gain: 0 });
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(loud[tune.voice], start + 0.012); // no click
    gain.gain.setTargetAtTime(0, end - 0.05, 0.02);
    const note = new OscillatorNode(out, { type: tune.voice, frequency });
    note.connect(gain).connect(out.destination);
    note.start(start);
    note.stop(end + 0.1);
  }
}

let last = ''; // what is on the screen, and has sounded
let before = null; // what was done at the last snapshot

// follow sounds what has come on the screen since: the row of the banner that
// is shown, or that something is done.
export function follow(banner, snapshot) {
  const now = banner ? `${banner.dataset.row} ${banner.dataset.code}` : '';
  const done = { id: snapshot.id, chip: snapshot.chip.state === 'done', shot: shots(snapshot) };
  if (now !== last && banner) play(banner.dataset.row);
  else if (before && before.id === done.id && done.chip && !before.chip) play('lift');
  else if (before && before.id === done.id && done.shot > before.shot) play('taken');
  [last, before] = [now, done];
}

// shots counts the pictures taken of face and fingers.
const shots = ({ portrait, fingers }) => (['taken', 'done'].includes(portrait.state) ? 1 : 0) + fingers.filter((f) => f.state === 'done').length;
