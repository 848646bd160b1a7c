// dom.js builds the page. Whatever comes from a card, a scanner or the network
// becomes a text node or an attribute, never markup.

// el makes an element. Properties: class, on (listeners), and attributes;
// a value of false, null or undefined leaves the attribute out.
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === 'class') node.className = value;
    else if (name === 'on') for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (name === 'value') node.value = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

const svgSpace = 'http://www.w3.org/2000/svg';

// svg makes an element of a drawing.
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.flat());
  return node;
}

// fill replaces what a node holds.
export function fill(node, ...children) {
  node.replaceChildren(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

// Strokes on a 24 × 24 grid, drawn for this project.
const strokes = {
  check: 'M5 12.5 10 17.5 19.5 7',
  cross: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  dash: 'M6 12h12',
  info: 'M12 11v6M12 7.2v.2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17',
  question: 'M9.2 9.4a2.9 2.9 0 1 1 4.3 2.6c-1 .6-1.5 1.1-1.5 2.3M12 17.3v.2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17',
  warning: 'M12 4 21 19.5H3zM12 10v4.4M12 16.9v.2',
  card: 'M3.5 6.5h17v11h-17zM6.5 10h4v3.4h-4zM13.5 10.5h4M13.5 13.5h4',
  chip: 'M7.5 7.5h9v9h-9zM10 3.5v4M14 3.5v4M10 16.5v4M14 16.5v4M3.5 10h4M3.5 14h4M16.5 10h4M16.5 14h4',
  person: 'M12 4a3.8 3.8 0 1 0 0 7.6A3.8 3.8 0 0 0 12 4M4.5 20c.6-4 3.6-6 7.5-6s6.9 2 7.5 6',
  camera: 'M4 8h3.500l1.5-2.500h6L16.5 8H20v11H4zM12 10.300a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4',
  finger: 'M7 19c1-2 1.3-4 1.3-6.500a3.7 3.7 0 0 1 7.4 0c0 2.7-.2 5.3-1 7.500M5 15.500c.4-1 .5-2 .5-3a6.5 6.5 0 0 1 13 0c0 2-.1 4-.5 5.800M11 20c.8-2.4 1-5 1-7.5',
  paper: 'M6.5 3.500h8l4 4v13h-12zM14 3.500V8h4.500M9 12h6.500M9 15.500h6.5',
  pen: 'M5 19.500l1-4L16.5 5 19.5 8 9 18.500zM14.5 7l3 3',
  lock: 'M6 10.500h12v9.500H6zM8.5 10.500V8a3.5 3.5 0 0 1 7 0v2.500M12 14v2.5',
  send: 'M4 12 20 4.5 15.5 20l-3.6-6.400zM11.9 13.6 20 4.5',
  inbox: 'M4 13.5 6.5 5h11L20 13.500V19H4zM4 13.500h4.500l1 2.500h5l1-2.500H20',
  plug: 'M9 3.500v5M15 3.500v5M6.5 8.500h11v2.500a5.5 5.5 0 0 1-11 0zM12 16.500v4',
  windows: 'M8 8.500h12v11H8zM8 11.500h12M16 8.500V4.500H4v11h4',
  swap: 'M3.5 5h11v7h-11zM9.5 12h11v7h-11zM18 5.500l2.500 2.500-2.500 2.500M20.500 8H17M6 18.500 3.500 16l2.500-2.500M3.500 16H7',
  ban: 'M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M6 6l12 12',
  differ: 'M5 9h14M5 15h14M16 5 8 19',
  disk: 'M4 6.500c0-1.700 3.600-3 8-3s8 1.300 8 3-3.600 3-8 3-8-1.300-8-3M4 6.500v11c0 1.700 3.600 3 8 3s8-1.300 8-3v-11M4 12c0 1.700 3.600 3 8 3s8-1.300 8-3',
  station: 'M3.500 5h17v11h-17zM8.500 20h7M12 16v4M9.500 8l5 5M14.500 8l-5 5',
  offline: 'M7 18.500a4.5 4.5 0 0 1-.5-9 5.5 5.5 0 0 1 10.600 1.500 3.8 3.8 0 0 1 .4 7.500zM4 4l16 16',
  speaker: 'M4 9.500v5h3.500l4.500 4v-13l-4.500 4zM15.500 9a4.2 4.2 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11',
  silent: 'M4 9.500v5h3.500l4.500 4v-13l-4.500 4zM15.500 9.500l5 5M20.500 9.500l-5 5',
  key: 'M8.5 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8M11.5 12.5 19.5 4.500M16 8l2.5 2.500M18 6l1.8 1.8',
  shield: 'M12 3.5 19 6v6c0 4.3-2.8 7.2-7 8.7-4.2-1.5-7-4.4-7-8.700V6zM9 9.500l6 6M15 9.500l-6 6',
  calendar: 'M4.5 6h15v14h-15zM4.5 10h15M8.5 3.500v4M15.5 3.500v4',
  screen: 'M3.5 5h17v11.500h-17zM9 20h6M12 16.500V20',
  erase: 'M8.500 6H20.500v12H8.500L3 12zM11.5 9.500l5 5M16.5 9.500l-5 5',
  expand: 'M4.5 9V4.500H9M15 4.500h4.500V9M19.5 15v4.500H15M9 19.500H4.500V15',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 18v2',
  image: 'M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 4.500M15.5 9v.1',
  keyboard: 'M3.5 6.500h17v11h-17zM7 10h.1M10.3 10h.1M13.6 10h.1M17 10h.1M8 14h8',
  globe: 'M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M3.5 12h17M12 3.500c-5 5-5 12 0 17M12 3.500c5 5 5 12 0 17',
  exit: 'M13 4.500H5v15h8M10 12h10.500M17 8.5 20.5 12 17 15.5',
  again: 'M19 12a7 7 0 1 1-2-5M19 4v4h-4',
  clock: 'M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 7.500V12l3 2',
  next: 'M5 12h14M13 6l6 6-6 6',
  alike: 'M5 9h14M5 15h14',
  family: 'M8.500 4.500a3 3 0 1 0 0 6 3 3 0 0 0 0-6M2.500 19.500c.5-3.600 2.900-5.500 6-5.500s5.500 1.900 6 5.500M17.500 9.500a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4M17.500 16c2.300 0 3.700 1.300 4 3.500',
  house: 'M4 20V10l8-6 8 6v10zM9.500 20v-6h5v6',
  phone: 'M8 3.500h8v17H8zM11 17.500h2',
  menu: 'M4.5 7h15M4.5 12h15M4.5 17h15',
  gear: 'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 3.500v2.500M12 18v2.500M3.500 12H6M18 12h2.500M6 6l1.800 1.800M16.200 16.200 18 18M6 18l1.800-1.800M16.200 7.800 18 6',
  people: 'M9 5a3.200 3.200 0 1 0 0 6.400A3.200 3.200 0 0 0 9 5M3 19c.5-3.400 3-5 6-5s5.500 1.600 6 5M15.500 5.400a3 3 0 0 1 0 5.700M17.500 14.300c2 .7 3.200 2.300 3.500 4.700',
  pulse: 'M3 12h4l2.500-6.500 4.500 13L16.500 12H21',
  printer: 'M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z',
  plus: 'M12 5v14M5 12h14',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6zM4.5 17h15M10.5 20h3',
};

// icon draws one of the strokes; it is decoration and hidden from readers.
export function icon(name, size = 22) {
  return svg('svg', { viewBox: '0 0 24 24', width: size, height: size, class: 'icon', 'aria-hidden': 'true' },
    svg('path', { d: strokes[name] }));
}
