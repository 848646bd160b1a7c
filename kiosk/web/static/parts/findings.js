// findings.js shows what keeps the application from being signed: what the
// central system would turn it down for, and where that is put right.
import { el, icon } from '../dom.js';
import { known, pick, t } from '../words.js';
import { open } from './dialogs.js';
import { fingerName } from './facts.js';

// places are the steps in which a section is put right.
const places = {
  evidence: 'card', identity: 'identity', guardian: 'guardian', person: 'person', prints: 'fingers', family: 'family',
  request: 'request', documents: 'documents', consent: 'consent',
};

// placeOf is the step for a finding: where there is no chip, what nobody corrects
// was typed from the papers.
function placeOf({ identity, rules }, section, field) {
  const written = section === 'person' && identity && identity.card !== 'read' && known(`field.${field}`) && !rules.correctable.includes(field);
  return written ? 'identity' : places[section];
}

// of is the field, finger or paper that a finding names; '' where it names none.
const of = (code) => code.split(':')[2] ?? '';

// findings of the central's rules come with their section.
export const findings = ({ issues }) => issues.filter((i) => i.section && !i.acknowledged);

// findingList lists them, each with its way.
export function findingList(station, snapshot) {
  const list = findings(snapshot);
  if (list.length === 0) return null;
  return el('section', { class: 'findings', 'data-test': 'findings' }, el('h2', {}, icon('warning'), t('findings.title', { count: list.length })),
    el('ul', {}, list.map((i) => el('li', { 'data-test': `finding-${i.code}` }, el('div', {}, el('b', {}, pick(i.words), named(snapshot, of(i.code))), el('span', {}, pick(i.next))), way(station, snapshot, i.section, of(i.code))))));
}

// named says which field, finger or paper it is about, where there is a word for it.
function named({ fingers, rules }, name) {
  const finger = fingers.find((f) => String(f.finger) === name);
  const words = known(`field.${name}`) ? t(`field.${name}`) : finger ? fingerName(finger) : pick([...rules.documents, ...rules.papers].find((p) => p.type === name)?.words);
  return words ? `: ${words}` : '';
}

function way(station, snapshot, section, name) {
  if (section === 'portrait') return button(section, () => confirmRetake(station));
  const step = placeOf(snapshot, section, name);
  return step && snapshot.steps.some((s) => s.name === step) ? button(section, () => station.again(step)) : null;
}

const button = (section, run) => el('button', { type: 'button', class: 'button small', 'data-test': `fix-${section}`, on: { click: run } }, icon('pen', 18), t('findings.fix', { section: t(`section.${section}`) }));

// confirmRetake asks before the portrait is dropped for another one.
function confirmRetake(station) {
  const dialog = open(t('findings.retake'), el('p', {}, t('findings.retake-text')), [
    el('button', { type: 'button', class: 'button', 'data-test': 'retake-keep', on: { click: () => dialog.close() } }, t('reason.back')),
    el('button', { type: 'button', class: 'button primary', 'data-test': 'retake-go', on: { click: () => { dialog.close(); station.act('portrait-retake'); } } }, t('portrait.retake'))]);
}
