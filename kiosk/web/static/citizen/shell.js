// shell.js is what stays in place around the citizen's screens: the language,
// how far the citizen is, what went wrong, and the one next action.
import { el, fill, icon } from '../dom.js';
import { known, lang, pick, t } from '../words.js';
import { fullscreen } from './fullscreen.js';
import { single } from './keys.js';
import { hush, voice } from './voice.js';

// shell builds the page once a language; show puts a screen into it.
export function shell({ switchLanguage }) {
  const title = el('h1', { tabindex: '-1', id: 'screen-title', 'aria-describedby': 'screen-lead', 'data-test': 'citizen-title' });
  const lead = el('p', { class: 'lead', id: 'screen-lead' });
  const body = el('div', { class: 'body' });
  const told = el('div', { class: 'told', role: 'alert', 'aria-live': 'assertive', 'data-test': 'citizen-problem' });
  const far = el('div', { class: 'far' });
  const back = el('button', { type: 'button', class: 'big', 'data-test': 'back' }, icon('next', 30), el('span', {}));
  const other = el('button', { type: 'button', class: 'big', 'data-test': 'other' });
  const next = el('button', { type: 'button', class: 'big primary', 'data-next': true, 'data-test': 'next' });
  const bar = el('footer', {}, back, other, next);
  const actions = {};
  let fresh = false; // the screen has just come
  for (const [name, button] of Object.entries({ back, other, next })) {
    button.addEventListener('click', (event) => { if (!button.disabled && single(event)) actions[name]?.run(); });
  }
  const english = lang() === 'vi';
  const node = el('div', { class: 'second' },
    el('header', {}, el('div', { class: 'brand' }, el('img', { src: '/icon.svg', alt: '' }), el('span', {}, 'Trạm')), far,
      el('div', { class: 'tools' }, fullscreen(), voice(), el('button', { type: 'button', class: 'speak', 'data-test': 'language', lang: english ? 'en' : 'vi', on: { click: switchLanguage } },
        icon('globe', 28), english ? 'English' : 'Tiếng Việt'))),
    el('main', {}, title, lead, body, told), bar);

  return {
    node,
    show(screen, name) {
      hush();
      node.dataset.screen = name;
      fill(body, screen.node);
      fresh = true;
    },
    update({ screen, view, problem, busy }) {
      screen.update?.(view);
      for (const node of [title, lead]) node.setAttribute('aria-live', screen.live && !fresh ? 'polite' : 'off'); // they change by themselves
      put(title, screen.title());
      put(lead, screen.lead?.() ?? '');
      fill(far, progress(view));
      quietly(told, problem);
      Object.assign(actions, { back: null, other: null, next: null }, screen.actions?.());
      bar.classList.toggle('hidden', !actions.back && !actions.other && !actions.next);
      button(back.lastElementChild, back, actions.back, busy);
      button(other, other, actions.other, busy);
      button(next, next, actions.next, busy);
      if (fresh) (screen.focus?.() ?? title).focus();
      fresh = false;
    },
  };
}

// put changes a sentence only when it is another one: a screen reader would say
// it again.
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.classList.toggle('hidden', text === '');
}

function button(label, node, action, busy) {
  node.classList.toggle('hidden', !action);
  node.disabled = busy || !action || action.disabled === true;
  if (action) put(label, action.label);
}

// progress says how many parts are done; the parts themselves are the officer's.
function progress(view) {
  const all = (view?.steps ?? []).filter((s) => s.state !== 'skipped');
  if (all.length === 0) return null;
  const done = all.filter((s) => s.state === 'done').length;
  const text = t('citizen.far', { done, all: all.length });
  return [el('span', { 'data-test': 'far' }, text), el('progress', { max: all.length, value: String(done), 'aria-label': text })];
}

// quietly shows what went wrong, in words for the citizen where there are any.
function quietly(box, problem) {
  const text = !problem ? '' : known(`citizen.problem-${problem.code}`) ? t(`citizen.problem-${problem.code}`) : pick(problem.words);
  if (box.dataset.text === text) return;
  box.dataset.text = text;
  fill(box, text ? [icon('info', 32), el('p', {}, text)] : null);
}
