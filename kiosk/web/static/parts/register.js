// register.js shows the comparison with the central register while it goes on:
// the data, the face and the fingers, each by itself. It holds nobody up.
import { el, fill, icon } from '../dom.js';
import { moment, pick, t } from '../words.js';

const kinds = { data: 'person', face: 'camera', fingers: 'finger' };
const signs = { pass: 'check', fail: 'cross', 'not-found': 'question', 'not-held': 'question', 'not-done': 'dash' };

// registerList makes the list; update keeps it at the snapshot.
export function registerList() {
  const node = el('ul', { class: 'register', 'aria-live': 'polite', 'data-test': 'register' });
  let mark = '';
  return {
    node,
    update({ register, steps }) {
      const next = JSON.stringify([register, steps.map((s) => s.name)]);
      if (next === mark) return;
      mark = next;
      fill(node, Object.keys(kinds).filter((kind) => kind === 'data' || steps.some((s) => s.name === stepOf[kind])).map((kind) => row(kind, register)));
    },
  };
}

const stepOf = { face: 'portrait', fingers: 'fingers' };

function row(kind, { state, checks }) {
  const check = checks.find((c) => c.kind === kind);
  const outcome = check?.outcome ?? (state === 'asking' && kind === 'data' ? 'asking' : 'waiting');
  const word = check ? t(`register-outcome.${outcome}`) : t(`register.${outcome}`);
  const why = check ? pick(check.words) : t(`register.${outcome}-${kind}`);
  return el('li', { class: outcome, 'data-test': `register-${kind}`, 'data-outcome': outcome },
    el('span', { class: 'mark' }, icon(signs[outcome] ?? 'clock', 18)),
    el('div', {}, el('b', {}, t(`register.kind-${kind}`)), el('small', {}, why)),
    el('span', { class: 'word' }, word, check?.at ? el('time', {}, moment(check.at)) : null));
}

// registerPanel is the list with its headline.
export function registerPanel() {
  const list = registerList();
  return { node: el('section', { class: 'panel stack' }, el('h2', {}, icon('inbox'), t('register.panel')), list.node), update: list.update };
}
