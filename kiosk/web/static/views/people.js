// people.js is where an administrator looks after who works at the station:
// adds people, gives PINs, changes roles, notes the own card, removes.
import * as staff from '../api-staff.js';
import { el, fill, icon } from '../dom.js';
import { stamp, t } from '../words.js';
import * as ask from '../parts/askperson.js';

// roleName is what a role is called.
export const roleName = (role) => t(`role.${role}`);

const many = 12; // people, from where on a search helps

export function people(station) {
  let all = [];
  let chosen = ''; // identifier
  const rows = el('tbody');
  const person = el('section', { class: 'panel stack', 'aria-live': 'polite', 'data-test': 'person' });
  const search = el('input', { type: 'text', autocomplete: 'off', 'data-test': 'people-search', on: { input: () => draw() } });
  const searching = el('label', { class: 'field hidden' }, el('span', {}, t('people.search')), search);
  const list = el('div', { class: 'scrolls', tabindex: '0', role: 'region', 'aria-label': t('people.list') });
  let drawn = ''; // of the chosen one
  const node = el('div', { class: 'people' },
    el('section', { class: 'panel stack' }, el('h2', {}, icon('people'), t('people.list')), searching, list), person);
  list.append(el('table', { class: 'staff' }, el('thead', {}, el('tr', {},
    ['id', 'role', 'ways', 'state'].map((c) => el('th', { scope: 'col' }, t(`people.column-${c}`))))), rows));
  void run(() => staff.people());

  // run asks the station, shows who is there now, and answers whether it was done.
  async function run(question) {
    try {
      const answer = await question();
      all = answer.people;
      station.settle();
      draw();
      return answer;
    } catch (error) {
      station.refuse(error);
      return null;
    }
  }

  // change carries a change out, and shows a new PIN.
  async function change(what) {
    const answer = await run(() => staff.change(what));
    if (answer === null) return;
    if (what.do === 'add') choose(what.id.trim().toLowerCase());
    if (answer.pin) ask.showPIN(what.id, answer.pin);
  }

  function choose(id) {
    chosen = id;
    draw();
  }

  // draw keeps the focus where it was: what has it is made anew.
  function draw() {
    const focus = node.contains(document.activeElement) ? document.activeElement.dataset.test : '';
    const wanted = search.value.trim().toLowerCase();
    searching.classList.toggle('hidden', all.length < many);
    fill(rows, all.filter((p) => p.id.includes(wanted)).map((p) => row(p, p.id === chosen, choose)));
    const one = all.find((p) => p.id === chosen);
    const now = JSON.stringify(one ?? null);
    if (now !== drawn) fill(person, one ? card(one) : el('div', { class: 'empty' }, icon('person', 44), t('people.none')));
    drawn = now;
    if (focus && !node.contains(document.activeElement)) (node.querySelector(`[data-test="${CSS.escape(focus)}"]`) ?? list).focus({ preventScroll: true });
  }

  function card(p) {
    const act = (name, sign, label, begin) => el('button', { type: 'button', class: 'button', 'data-test': `person-${name}`, on: { click: begin } }, icon(sign, 20), label);
    const own = p.id === station.who;
    return [el('h2', {}, icon('person'), p.id, el('span', { class: `chosen role-${p.role}` }, roleName(p.role))),
      el('p', { class: 'soft' }, t(`people.can-${p.role}`)),
      el('ul', { class: 'points' }, facts(p).map(([sign, text]) => el('li', {}, icon(sign, 20), text))),
      p.keys.length > 0 ? keys(p) : null,
      el('div', { class: 'acts' },
        own ? null : act('pin', 'lock', t(p.pin ? 'people.new-pin' : 'people.first-pin'), () => ask.confirmPIN(p, change)),
        act('card', 'card', t(p.card ? 'people.other-card' : 'people.card'), () => ask.askCard(p, change)),
        p.listed || own ? null : act('role', 'people', t('people.role'), () => ask.askRole(p, change)),
        own || (p.listed && !p.revoked) ? null : act('remove', 'cross', t('people.remove'), () => ask.confirmRemove(p, change))),
      p.listed ? el('p', { class: 'small soft' }, t('people.by-list')) : own ? el('p', { class: 'small soft' }, t('people.yourself')) : null];
  }

  function keys(p) {
    return el('ul', { class: 'keylist' }, p.keys.map((key) => el('li', {}, icon('key', 22),
      el('div', {}, el('b', {}, key.name), el('small', {}, key.suspended ? t('settings.key-suspended') : t('settings.key-added', { time: stamp(key.added) }))),
      el('button', { type: 'button', class: 'button small', 'data-test': 'person-key-remove', 'aria-label': t('settings.key-remove-name', { name: key.name }),
        on: { click: () => ask.confirmKey(p, key, change) } }, t('settings.key-remove')))));
  }

  return {
    node,
    update() {},
    actions: () => ({
      next: { label: t('people.add'), run: () => ask.askPerson(change) },
      hint: t('people.hint'),
      others: [{ name: 'to-settings', icon: 'gear', label: t('title.settings'), run: () => station.enter('settings') }],
    }),
  };
}

// facts are what there is to know of a person; nothing of it names anybody.
function facts(p) {
  return [
    p.pin ? ['check', t('people.has-pin')] : ['warning', t('people.no-pin')],
    p.card ? ['check', t('people.has-card')] : ['dash', t('people.no-card')],
    p.locked_seconds > 0 ? ['clock', t('people.locked', { minutes: Math.ceil(p.locked_seconds / 60) })] : null,
    p.until ? ['calendar', t('people.until', { time: stamp(p.until) })] : null,
    p.revoked ? ['cross', t('people.revoked', { time: stamp(p.revoked) })] : null,
  ].filter(Boolean);
}

function state(p) {
  if (p.revoked) return ['bad', 'cross', t('people.state-revoked')];
  if (!p.allowed) return ['bad', 'cross', t('people.state-not-allowed')];
  if (p.locked_seconds > 0) return ['unsure', 'clock', t('people.state-locked')];
  if (!p.pin && p.keys.length === 0) return ['unsure', 'warning', t('people.state-no-way')];
  return ['good', 'check', t('people.state-ready')];
}

function row(p, pressed, choose) {
  const [level, sign, words] = state(p);
  const way = (has, sign2, name) => (has ? el('span', { title: t(name) }, icon(sign2, 20), el('span', { class: 'unseen' }, t(name))) : null);
  return el('tr', { class: pressed ? 'chosen-row' : '' },
    el('th', { scope: 'row' }, el('button', { type: 'button', class: 'pick', 'aria-pressed': String(pressed), 'data-test': `person-of-${p.id}`, on: { click: () => choose(p.id) } }, p.id)),
    el('td', {}, roleName(p.role)),
    el('td', { class: 'ways' }, way(p.pin, 'lock', 'people.has-pin'), way(p.keys.length > 0, 'key', 'people.has-key'), way(p.card, 'card', 'people.has-card')),
    el('td', { class: `state ${level}` }, icon(sign, 18), words));
}
