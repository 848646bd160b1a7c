// consent.js is read and ticked by the citizen: the registration, and each
// document by itself. Nothing is ticked beforehand.
import { el, icon } from '../dom.js';
import { pick, t } from '../words.js';

export function consent(station) {
  const { documents, rules } = station.snapshot;
  const tick = (name, title, text) => {
    const input = el('input', { type: 'checkbox', 'data-test': name, on: { change: () => station.redraw() } });
    return { input, node: el('label', { class: 'tick' }, input, el('span', {}, el('b', {}, title), text)) };
  };
  const registration = tick('consent-registration', t('consent.registration'), t('consent.registration-text'));
  const each = documents.map((d, i) => tick(`consent-document-${i}`,
    t('consent.document', { document: pick(rules.documents.find((r) => r.type === d.type)?.words) || d.type }), t('consent.document-text', { number: d.number })));
  const node = el('section', { class: 'panel stack' }, el('h2', {}, icon('person'), t('consent.citizen')),
    el('p', { class: 'soft' }, t('consent.text')), el('div', { class: 'consents' }, registration.node, each.map((e) => e.node)));
  return {
    node,
    update() {},
    actions: () => ({
      next: {
        label: t('next.sign'), disabled: !registration.input.checked,
        run: () => station.act('consent', { registration: true, documents: each.map((e) => e.input.checked) }),
      },
      hint: registration.input.checked ? t('consent.hint-documents') : t('consent.hint'),
    }),
  };
}
