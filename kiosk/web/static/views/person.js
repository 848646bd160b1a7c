// person.js has the officer confirm who sits at the counter while the chip is
// still being read.
import { el, fill, icon } from '../dom.js';
import { known, t } from '../words.js';
import { checkList, chipProgress } from '../parts/checks.js';
import { chipPhoto } from '../parts/chipphoto.js';
import { askText } from '../parts/dialogs.js';
import { factList } from '../parts/facts.js';

export function person(station) {
  const face = chipPhoto();
  const facts = el('div');
  const progress = chipProgress();
  const checks = el('div');
  const phone = contact('phone', 'tel', 12);
  const email = contact('email', 'email', 120);
  const corrections = {};
  let mark = '';
  const node = el('div', { class: 'columns wide-left' },
    el('section', { class: 'panel stack' }, el('div', { class: 'who' }, face.node, facts),
      el('div', { class: 'contact' }, phone.node, email.node)),
    el('section', { class: 'panel stack' }, el('h2', {}, icon('chip'), t('chip.title')), progress.node, checks));

  function contact(name, type, length) {
    const input = el('input', { type, maxlength: String(length), autocomplete: 'off', 'data-test': name, value: station.snapshot?.person[name] ?? '',
      on: { input: () => { note(); station.redraw(); } } });
    const wrong = el('small', { class: 'wrong' });
    const pattern = () => new RegExp(`^(?:${station.snapshot.rules[`${name}_pattern`]})$`);
    const good = () => pattern().test(input.value.trim().replace(/[ .]/g, (c) => (name === 'phone' ? '' : c)));
    const note = () => {
      const bad = input.value.trim() !== '' && !good();
      input.setAttribute('aria-invalid', String(bad && document.activeElement !== input));
      wrong.textContent = bad && input.value.length > 9 ? t(`person.${name}-wrong`) : '';
    };
    input.addEventListener('blur', note);
    return { input, good, node: el('label', { class: 'field' }, el('span', {}, t(`person.${name}`)), input, wrong) };
  }
  const correct = (field) => askText(known(`field.${field.name}`) ? t(`field.${field.name}`) : field.name, field.value, (text) => {
    corrections[field.name] = text;
    mark = '';
    station.redraw();
  });
  const corrected = (field) => (field.name in corrections ? { ...field, value: corrections[field.name], source: 'officer', conflict: false } : field);
  const value = (field) => field.input.value.trim();
  const args = () => ({ phone: value(phone).replace(/[ .]/g, ''), ...(value(email) ? { email: value(email) } : {}), corrections });
  return {
    node,
    focus: () => phone.input.focus(),
    update(snapshot) {
      progress.update(snapshot.chip);
      const next = JSON.stringify([snapshot.person.fields, snapshot.checks]);
      if (next !== mark) {
        mark = next;
        fill(facts, factList(snapshot.person.fields.map(corrected), undefined, { names: snapshot.rules.correctable, run: correct }));
        fill(checks, snapshot.checks.length > 0 ? checkList(snapshot.checks) : el('p', { class: 'soft' }, t('person.meanwhile')));
      }
      face.update(snapshot);
    },
    actions: (snapshot) => ({
      next: {
        label: t('person.confirm'),
        disabled: !snapshot.person.ready || !phone.good() || (value(email) !== '' && !email.good()),
        run: async () => { if (await station.act('confirm-person', args()) && station.snapshot.step === 'register') await station.act('register-check'); },
      },
      hint: !phone.good() ? t('person.hint-phone') : snapshot.chip.state === 'done' ? '' : t('card.hold'),
    }),
  };
}
