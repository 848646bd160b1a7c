// wedge.js is the field that a scanner types into. A QR code is one line, but a
// machine-readable zone is two or three: its lines are collected until the
// zone is whole. Scanners that send no line end are understood too.
import { el } from '../dom.js';

const zoneText = /^[A-Z0-9<]+$/i;
const wholeZones = [72, 88, 90]; // characters: TD2, TD3, TD1
const settled = 400; // a scanner has typed on long before, milliseconds
const patience = 5000; // then what there is goes to the station, which says what is wrong with it

const bare = (text) => text.replace(/\s/g, '');

// zoneLine reports a single line of a zone: the rest of it is still to come.
function zoneLine(text) {
  const line = bare(text);
  return zoneText.test(line) && line.length >= 28 && line.length <= 46 && (line.includes('<') || /^[ACIPV]/i.test(line));
}

// whole reports that nothing more is to come: three lines of a card, two of a
// larger document.
const whole = (lines) => lines.length >= (bare(lines[0]).length <= 33 ? 3 : 2);

// wedge makes the field. send gets each text; changed is called with the number
// of lines that wait whenever something was typed.
export function wedge({ send, changed }) {
  let lines = [];
  let timer = 0;
  const input = el('input', { type: 'text', class: 'wedge', autocomplete: 'off', spellcheck: 'false', maxlength: '1024', 'data-test': 'qr-text',
    on: { input: typed, keydown: pressed } });

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(all, wait);
  }

  function typed() {
    clearTimeout(timer);
    const text = bare(input.value);
    if (lines.length === 0 && text.includes('<') && zoneText.test(text) && wholeZones.includes(text.length)) later(settled);
    else if (lines.length > 0) later(patience);
    changed(lines.length);
  }

  function pressed(event) {
    if (event.key === 'Escape') forget();
    if (event.key !== 'Enter') return;
    const text = input.value;
    if (text.includes('|')) lines = []; // a QR code, whatever came before
    if (lines.length > 0 ? text.trim() === '' || whole([...lines, text]) : !zoneLine(text)) {
      all();
      return;
    }
    lines.push(text);
    input.value = '';
    later(patience);
    changed(lines.length);
  }

  // all sends what is there. The next scan starts on an empty line whether or
  // not this one was good.
  function all() {
    const text = [...lines, input.value].join('\n').trim();
    forget();
    if (text !== '') send(text);
  }

  function forget() {
    stop();
    changed(0);
  }

  function stop() {
    clearTimeout(timer);
    lines = [];
    input.value = '';
  }

  return { input, send: all, stop, ready: () => lines.length > 0 || input.value.trim() !== '' };
}
