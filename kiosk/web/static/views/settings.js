// settings.js is what each officer sets: language, size of the text, sound and
// paper of this computer, the second screen, and the own security keys.
import * as api from '../api.js';
import * as staff from '../api-staff.js';
import { el, fill, icon } from '../dom.js';
import { lang, setLang, stamp, t } from '../words.js';
import { open } from '../parts/dialogs.js';
import { addKey, removeKey } from '../parts/ownkeys.js';
import { choosePaper, paper, papers } from '../parts/print/paper.js';
import { desk } from '../parts/second.js';
import { mute, muted, play } from '../parts/sound.js';
import { setTextSize, sizes, textSize } from '../parts/textsize.js';
import { roleName } from './people.js';

let touched = ''; // the choice that had the focus before the page was drawn anew

export function settings(station) {
  const keys = el('div', { class: 'stack', 'data-test': 'own-keys' });
  const about = el('div', { class: 'stack' });
  const node = el('div', { class: 'settings' },
    el('section', { class: 'panel stack' }, el('h2', {}, icon('gear'), t('settings.here')),
      choice('language', ['vi', 'en'], lang(), (value) => { setLang(value); station.relabel(); }),
      choice('text', sizes, textSize(), setTextSize),
      choice('sound', ['on', 'off'], muted() ? 'off' : 'on', sound),
      choice('paper', papers, paper(), choosePaper)),
    el('div', { class: 'stack' },
      el('section', { class: 'panel stack' }, el('h2', {}, icon('key'), t('settings.keys')), keys),
      el('section', { class: 'panel stack' }, el('h2', {}, icon('info'), t('settings.about')), about)));
  void look();

  async function look() {
    try {
      const [me, built] = await Promise.all([staff.me(), staff.about()]);
      const focused = keys.contains(document.activeElement);
      fill(keys, ownKeys(me));
      if (focused) keys.querySelector('[data-test="own-key-add"]')?.focus();
      fill(about, program(built, me));
    } catch (error) {
      station.refuse(error);
    }
  }

  function ownKeys(me) {
    const rows = me.keys.map((key) => el('li', { 'data-test': `own-key-${key.id}` }, icon('key', 22),
      el('div', {}, el('b', {}, key.name), el('small', {}, key.suspended ? t('settings.key-suspended') : t('settings.key-added', { time: stamp(key.added) }))),
      el('button', { type: 'button', class: 'button small', 'data-test': 'own-key-remove', 'aria-label': t('settings.key-remove-name', { name: key.name }),
        on: { click: () => removeKey(station, key, look) } }, t('settings.key-remove'))));
    return [me.keys.length === 0 ? el('p', { class: 'soft' }, t('settings.key-none')) : el('ul', { class: 'keylist' }, rows),
      api.keys() ? el('button', { type: 'button', class: 'button', 'data-test': 'own-key-add', on: { click: () => addKey(station, look) } }, icon('plus', 20), t('key.title'))
        : el('p', { class: 'small soft' }, t('settings.key-where'))];
  }

  return {
    node,
    focus() {
      const back = touched && node.querySelector(`input[name="set-${touched}"]:checked`);
      touched = '';
      if (back) back.focus(); else document.querySelector('.title h1').focus();
    },
    update() {},
    actions: () => ({
      next: { label: t('settings.done'), run: () => station.enter('') },
      hint: t('settings.hint'),
      others: station.role === 'administrator' ? [] : [{ name: 'settings-second', icon: 'screen', label: t('second.button'), run: () => desk(station) }],
    }),
  };
}

// sound turns the sounds on or off; on, it is heard at once.
function sound(value) {
  mute(value === 'off');
  play('good');
}

// choice offers the values of one setting; the present one is ticked.
function choice(name, values, now, run) {
  return el('fieldset', { class: 'pickset' }, el('legend', {}, t(`settings.${name}`), el('small', {}, t(`settings.${name}-note`))),
    el('div', { class: 'options' }, values.map((value) => el('label', { 'data-test': `set-${name}-${value}` },
      el('input', { type: 'radio', name: `set-${name}`, value, checked: value === now, on: { change: () => { touched = name; run(value); } } }),
      el('span', { lang: name === 'language' ? value : null }, t(`set-${name}.${value}`))))));
}

// program is what runs here, and whose.
function program(built, me) {
  const line = (name, value, test) => el('div', {}, el('dt', {}, name), el('dd', { 'data-test': test }, value));
  return [el('dl', { class: 'facts' },
    line(t('settings.me'), `${me.id} (${roleName(me.role)})`, 'settings-me'),
    line(t('settings.version'), `Trạm ${built.version}`, 'settings-version'),
    line(t('settings.licence'), 'Apache License 2.0')),
  el('button', { type: 'button', class: 'button small', 'data-test': 'licences', on: { click: () => licences(built) } }, icon('paper', 20), t('settings.parts', { count: built.modules.length }))];
}

// licences lists what the program is made of.
function licences(built) {
  const dialog = open(t('settings.parts-title'), [el('p', { class: 'soft' }, t('settings.parts-text')),
    el('ul', { class: 'modules', tabindex: '0', 'aria-label': t('settings.parts-title'), 'data-test': 'modules' },
      built.modules.map((m) => el('li', {}, el('span', { class: 'code' }, m.path), el('span', { class: 'code soft' }, m.version))))],
  [el('button', { type: 'button', class: 'button primary', 'data-test': 'licences-close', on: { click: () => dialog.close() } }, t('queue.close'))], true);
}
