// notice.js is what the law has the citizen told, in the citizen's own reading.
import { el, icon } from '../../dom.js';
import { pick, t } from '../../words.js';
import { inside } from '../../parts/facts.js';

const signs = { data: 'finger', use: 'lock', free: 'check', rights: 'person' };

export function notice(desk) {
  const about = desk.view.notice;
  const texts = { data: t('citizen.notice-data-text', { what: taken(about) }), use: t('citizen.notice-use-text'),
    free: t('citizen.notice-free-text', { days: about.working_days }), rights: t('citizen.notice-rights-text') };
  return {
    node: el('ul', { class: 'points' }, Object.entries(texts).map(([name, text]) => el('li', {}, el('span', { class: 'disc' }, icon(signs[name], 44)),
      el('div', {}, el('b', {}, t(`citizen.notice-${name}`)), el('p', {}, text))))),
    title: () => t('citizen.title-notice'),
    lead: () => pick(about.kind),
    actions: () => ({ next: { label: t('citizen.read'), run: () => desk.act('notice') } }),
  };
}

// taken lists what is taken of the citizen in this kind of enrolment.
function taken({ fingers, portrait, phone }) {
  const list = [t('citizen.taken-card'), portrait && t('citizen.taken-portrait'), fingers.length > 0 && t('citizen.taken-fingers', { fingers: fingers.map((f) => inside(pick(f))).join(', ') }), phone && t('citizen.taken-phone')].filter(Boolean);
  const last = list.pop();
  return list.length > 0 ? t('citizen.taken-and', { list: list.join(', '), last }) : last;
}
