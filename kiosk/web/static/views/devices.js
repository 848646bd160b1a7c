// devices.js shows how the station is: what is built in, what answers, what is
// missing and how to get it; and tries the devices before the first citizen.
import * as staff from '../api-staff.js';
import { el, fill, icon } from '../dom.js';
import { known, moment, t } from '../words.js';
import { morning } from '../parts/morning.js';
import { technical } from '../parts/technical.js';

const signs = { ok: 'check', virtual: 'info', waiting: 'clock', missing: 'warning', spare: 'dash' };
const levels = { ok: 'good', virtual: 'unsure', waiting: 'unsure', missing: 'bad', spare: '' };

// stateOf is how a part is; what is not there and not needed is no fault.
const stateOf = (f) => (!f.needed && (f.state === 'missing' || (f.state === 'waiting' && f.name.includes('/'))) ? 'spare' : f.state);

export function devices(station) {
  let asking = false;
  const list = el('ul', { class: 'parts', tabindex: '0', 'aria-label': t('devices.list'), 'data-test': 'parts' });
  const count = el('p', { class: 'soft', role: 'status', 'data-test': 'parts-count' });
  const check = morning(station, () => station.redraw());
  const node = el('div', { class: 'doctor' },
    el('section', { class: 'panel stack' }, el('h2', {}, icon('pulse'), t('devices.list')), count, list), check.node);
  void look();

  async function look() {
    asking = true;
    count.textContent = t('devices.asking');
    if (list.childElementCount > 0) station.redraw(); // before, nothing is drawn yet
    try {
      show(await staff.doctor());
    } catch (error) {
      count.textContent = '';
      station.refuse(error);
    }
    asking = false;
    station.redraw();
  }

  function show({ at, findings }) {
    const wrong = findings.filter((f) => f.needed && f.state === 'missing').length;
    count.textContent = t(wrong === 0 ? 'devices.fine' : 'devices.wrong', { count: wrong, time: moment(at) });
    const weight = (f) => (f.needed ? 0 : 4) + { missing: 0, waiting: 1, virtual: 2, ok: 2 }[f.state];
    fill(list, findings.toSorted((a, b) => weight(a) - weight(b)).map(part));
  }

  return {
    node,
    leave: check.stop,
    update() {},
    actions() {
      const failed = check.failed();
      const next = failed.length > 0 && !check.running() ? { label: t('morning.again'), run: () => check.again(failed) }
        : { label: t(check.running() ? 'morning.running' : 'morning.go'), disabled: check.running(), run: () => check.all() };
      return {
        next,
        hint: t('morning.hint'),
        others: [{ name: 'devices-back', icon: 'cross', label: t('lookup.back'), run: () => station.enter('') },
          ...(asking || check.running() ? [] : [{ name: 'devices-look', icon: 'again', label: t('devices.look'), run: look }])],
      };
    },
  };
}

// part is one finding: in the officer's words, and below for the technician.
function part(f) {
  const [kind, driver] = f.name.split('/');
  const state = stateOf(f);
  const name = known(`part.${kind}`) ? t(`part.${kind}`) : f.name;
  const wanting = !driver && (f.state === 'missing' || f.state === 'waiting');
  const said = [f.detail, f.next].filter(Boolean);
  return el('li', { class: `part ${levels[state]}`, 'data-test': `part-${f.name}`, 'data-state': f.state },
    el('span', { class: 'mark' }, icon(signs[state], 20)),
    el('div', {}, el('b', {}, driver ? `${name}: ${driver}` : name),
      el('span', { class: `state ${levels[state]}` }, t(`part-state.${state}`)),
      wanting && known(`part-lost.${kind}`) ? el('p', {}, t(`part-lost.${kind}`)) : null,
      wanting && known(`part-how.${kind}`) ? el('p', { class: 'how' }, icon('next', 16), t(`part-how.${kind}`)) : null,
      said.length === 0 ? null : technical(said)));
}
