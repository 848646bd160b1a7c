// meter.js shows how sure the enrolment is: chip, face, fingers, papers.
import { el, icon } from '../dom.js';
import { t } from '../words.js';

export function meter(snapshot) {
  return [['chip', chip(snapshot)], ['face', face(snapshot)], ['fingers', fingers(snapshot)], ['papers', papers(snapshot)]]
    .map(([name, level]) => el('li', { class: level },
      el('span', { class: 'seal' }, icon({ chip: 'chip', face: 'person', fingers: 'finger', papers: 'paper' }[name], 20)),
      t(`meter.${name}`), el('span', { class: 'unseen' }, t(`level.${level}`))));
}

function chip({ chip: c, checks }) {
  if (c.state !== 'done') return 'none';
  const own = checks.filter((k) => !['face-match', 'scanner-signature'].includes(k.check));
  if (own.some((k) => k.outcome === 'failed')) return 'bad';
  return own.some((k) => k.outcome === 'inconclusive') ? 'partly' : 'good';
}

function face({ portrait }) {
  if (portrait.state !== 'done') return 'none';
  return portrait.manual || portrait.match?.band !== 'accept' ? 'partly' : 'good';
}

function fingers({ fingers: list, checks }) {
  const required = list.filter((f) => f.required);
  if (required.length === 0 || required.some((f) => f.state !== 'done' && f.state !== 'exception')) return 'none';
  const vouched = !checks.some((k) => k.check === 'scanner-signature' && k.outcome !== 'passed');
  return vouched && required.every((f) => f.state === 'done') ? 'good' : 'partly';
}

function papers({ documents, consent }) {
  if (documents.length === 0) return 'none';
  return consent && consent.documents.every(Boolean) ? 'good' : 'partly';
}
