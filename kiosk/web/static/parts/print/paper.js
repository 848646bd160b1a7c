// paper.js knows the paper in the printer and lays a sheet out for it. The sheet
// is in the document from the print on until its end, and never on the screen.
import { el } from '../../dom.js';

// papers by their names in the settings: a sheet, or the roll of a slip printer.
export const papers = ['a4', '80mm'];

const name = 'tram-paper';

// paper is the size chosen on this computer.
export const paper = () => (localStorage.getItem(name) === '80mm' ? '80mm' : 'a4');

// choosePaper remembers the size.
export const choosePaper = (size) => localStorage.setItem(name, size);

const page = new CSSStyleSheet();
let sheet = null;

// printSheet prints Vietnamese content; on sheets running stands over each page.
// Browsers add no head and no foot of their own: the margins are the sheet's.
export function printSheet(content, size, running = null) {
  clear();
  sheet = el('section', { class: `printed paper-${size}`, lang: 'vi', 'data-test': 'printed' }, size === 'a4' ? onPages(content, running) : content);
  document.body.append(sheet);
  page.replaceSync(`@page { size: ${size === 'a4' ? 'A4' : `80mm ${rollLength(sheet)}mm`}; margin: 0; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets.filter((s) => s !== page), page];
  print();
}

// onPages lays content out as the body of a table, whose head and foot stand on
// each page: they are its upper and lower margin.
const onPages = (content, running) => el('div', { class: 'paper-pages' }, el('div', { class: 'paper-top' }, el('div', {}, running)), el('div', { class: 'paper-body' }, content), el('div', { class: 'paper-bottom' }, el('div')));

const millimetre = 96 / 25.4; // in CSS pixels
const tear = 4; // millimetres below the last line

// rollLength is how much of the roll the slip takes: it is cut behind it.
const rollLength = (node) => Math.ceil(node.getBoundingClientRect().height / millimetre) + tear;

function clear() {
  sheet?.remove();
  sheet = null;
}

addEventListener('afterprint', clear);

// Ctrl+P means the paper where the view has one: the page itself is none.
addEventListener('keydown', (event) => {
  const button = document.querySelector('.bar :is([data-test="print"], [data-test="reprint"], [data-test="print-form"])');
  if (!button || event.key.toLowerCase() !== 'p' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (!document.querySelector('dialog[open]')) button.click();
});
