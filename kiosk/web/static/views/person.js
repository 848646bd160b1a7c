// person.js has the officer confirm who sits at the counter while the chip is
// still being read.
import { el, fill, icon } from '../dom.js';
import { known, moment, t } from '../words.js';
import { checkList, chipProgress } from '../parts/checks.js';
import { chipPhoto } from '../parts/chipphoto.js';
import { askText } from '../parts/dialogs.js';
import { factList } from '../parts/facts.js';
import { askPlace } from '../parts/places.js';

// placed is the address that was chosen from the list in this enrolment: the
// snapshot has its words alone, and a second confirmation names it again.
let placed = { id: '', text: '', place: null };

const compact = (text) => text.trim().replace(/[ .-]/g, '').replace(/^\+84/, '0');

// spaced writes a number the way it is read aloud.
const spaced = (number) => number.replace(/^(\d{4})(\d{3})(\d{3})$/, '$1 $2 $3');

export function person(station, draft) {
  const face = chipPhoto();
  const facts = el('div');
  const progress = chipProgress();
  const checks = el('div');
  const phone = contact(station, 'phone', 'tel', 16, compact, draft?.phone);
  const email = contact(station, 'email', 'email', 120, (text) => text.trim(), draft?.email);
  const own = proposal(station, phone, email);
  let mark = '';
  const mends = correcting(station, draft?.mends, () => { mark = ''; station.redraw(); });
  const node = el('div', { class: 'columns wide-left confirming' },
    el('section', { class: 'panel stack' }, el('div', { class: 'who' }, face.node, facts),
      el('div', { class: 'contact' }, own.node, phone.node, email.node)),
    el('section', { class: 'panel stack' }, el('h2', {}, icon('chip'), t('chip.title')), progress.node, checks));

  const args = (snapshot) => ({ phone: phone.value(), ...(email.value() ? { email: email.value() } : {}), ...mends.args(snapshot) });
  return {
    node,
    focus: () => phone.input.focus(),
    draft: () => ({ phone: phone.input.value, email: email.input.value, mends: mends.kept }),
    update(snapshot) {
      own.update(snapshot);
      phone.note();
      const carded = snapshot.steps.some((s) => s.name === 'card' && s.state !== 'skipped');
      progress.node.classList.toggle('hidden', !carded);
      progress.update(snapshot.chip);
      const next = JSON.stringify([snapshot.person.fields, snapshot.checks]);
      if (next !== mark) {
        mark = next;
        fill(facts, factList(snapshot.person.fields.map(mends.corrected), undefined, { names: snapshot.rules.correctable, run: mends.correct }));
        fill(checks, ofChip(snapshot.checks).length > 0 ? checkList(ofChip(snapshot.checks)) : el('p', { class: 'soft' }, t('person.meanwhile')));
      }
      face.update(snapshot);
    },
    actions(snapshot) {
      const wanted = snapshot.steps.some((s) => s.name === 'phone');
      const there = phone.value() === '' ? !wanted : phone.good();
      const reached = email.value() === '' || email.good();
      return {
        next: {
          label: t('person.confirm'),
          disabled: !snapshot.person.ready || !there || !reached,
          async run() {
            if (!await station.act('confirm-person', args(snapshot))) return false;
            return station.snapshot.step === 'register' ? station.act('register-check') : true;
          },
        },
        hint: !there ? t('person.hint-phone') : !reached ? t('person.hint-email') : snapshot.chip.state === 'done' || snapshot.chip.state === 'idle' ? '' : t('card.hold'),
      };
    },
  };
}

// ofChip leaves out the checks that other pages show.
const elsewhere = /^(register|phone|face-match|scanner)/;
const ofChip = (checks) => checks.filter((c) => !elsewhere.test(c.check));

// correcting keeps the officer's corrections until they are confirmed, those from
// before as well: a second confirmation stands in place of the first.
function correcting(station, before, changed) {
  const { person: { fields }, rules } = station.snapshot;
  const kept = { ...Object.fromEntries(fields.filter((f) => f.source === 'officer' && rules.correctable.includes(f.name)).map((f) => [f.name, f.value])), ...before };
  function keep(name, text) {
    kept[name] = text;
    changed();
  }
  return {
    kept,
    correct(field) {
      const title = known(`field.${field.name}`) ? t(`field.${field.name}`) : field.name;
      if (field.name !== 'residence') return askText(title, field.value, (text) => keep(field.name, text));
      return askPlace(title, field.value, ({ text, place }) => {
        placed = { id: station.snapshot.id, text, place: place ?? null };
        keep(field.name, text);
      });
    },
    corrected: (field) => (field.name in kept && field.value !== kept[field.name] ? { ...field, value: kept[field.name], source: 'officer', conflict: false } : field),
    args({ id }) {
      const { residence, ...rest } = kept;
      if (placed.place && placed.id === id && placed.text === residence) return { corrections: rest, place: placed.place };
      return { corrections: { ...kept } };
    },
  };
}

// contact is a field that is checked by the rules' own pattern while it is typed.
function contact(station, name, type, length, plain, typed = station.snapshot.person[name] ?? '') {
  const input = el('input', { type, maxlength: String(length), autocomplete: 'off', 'data-test': name, value: typed,
    on: { input: () => { note(); station.redraw(); }, blur: () => note() } });
  const said = el('small', { class: 'wrong', 'data-test': `${name}-said` });
  const value = () => plain(input.value);
  const good = () => new RegExp(`^(?:${station.snapshot.rules[`${name}_pattern`]})$`).test(value());
  function note() {
    const bad = value() !== '' && !good();
    input.setAttribute('aria-invalid', String(bad && document.activeElement !== input));
    said.className = bad ? 'wrong' : '';
    const text = bad && value().length > 9 ? t(`person.${name}-wrong`) : name === 'phone' && value() !== '' && !bad ? t('person.phone-read', { phone: spaced(value()) }) : '';
    if (said.textContent !== text) said.textContent = text;
  }
  return { input, value, good, note, node: el('label', { class: 'field' }, el('span', {}, t(`person.${name}`)), input, said) };
}

// proposal shows what the citizen typed at the own screen. It fills fields that
// the officer has not touched; otherwise the officer decides which one holds.
function proposal(station, phone, email) {
  const text = el('span');
  const use = el('button', { type: 'button', class: 'button small hidden', 'data-test': 'citizen-phone-use', on: { click: () => { take(station.snapshot.citizen); station.redraw(); } } }, t('person.citizen-use'));
  const node = el('p', { class: 'own hidden', role: 'status', 'data-test': 'citizen-phone' }, icon('person', 20), text, use);
  let seen = '';
  function take(citizen) {
    phone.input.value = citizen.phone;
    if (citizen.email) email.input.value = citizen.email;
  }
  return {
    node,
    update({ citizen }) {
      if (!citizen?.phone) return;
      if (seen !== citizen.at && (phone.value() === '' || phone.value() === seenPhone(node))) take(citizen);
      seen = citizen.at;
      node.dataset.phone = citizen.phone;
      node.classList.remove('hidden');
      use.classList.toggle('hidden', phone.value() === citizen.phone);
      const words = t('person.citizen-typed', { phone: spaced(citizen.phone), time: moment(citizen.at) });
      if (text.textContent !== words) text.textContent = words;
    },
  };
}

// seenPhone is what the citizen had typed before.
const seenPhone = (node) => node.dataset.phone ?? '';
