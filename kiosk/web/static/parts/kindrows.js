// kindrows.js tells for the last look what only some kinds have: the papers in
// place of a card, the guardian, what is asked for, the family.
import { pick, t } from '../words.js';

const worded = (list, code) => pick(list?.find((x) => x.code === code)?.words) || code;

// kindRows are names and values; mend makes the way back to a step.
export function kindRows(snapshot, mend) {
  const { kind, identity, guardian, request, family } = snapshot;
  return [
    identity && identity.card !== 'read' ? [t('identity.papers'), [identityWords(snapshot), mend('identity')]] : null,
    guardian?.confirmed ? [t('step.guardian'), [guardianWords(kind, guardian), mend('guardian')]] : null,
    request ? [t('step.request'), [requestWords(snapshot), mend('request')]] : null,
    family?.members.length > 0 ? [t('step.family'), [familyWords(snapshot), mend('family')]] : null,
  ].filter(Boolean);
}

function identityWords({ identity: { reason, fields, mrz, papers = [] }, rules }) {
  return [mrz ? `${t('identity.passport')} ${fields.document_number}` : '', ...papers.map((p) => `${pick(rules.papers.find((r) => r.type === p.type)?.words)} ${p.number}`), reason].filter(Boolean).join('; ');
}

function guardianWords(kind, { fields, relation, paper, reason }) {
  const value = (name) => fields.find((f) => f.name === name)?.value;
  return [[value('name'), value('number')].filter(Boolean).join(' · '), worded(kind.guardian?.relations, relation), paper?.number, reason].filter(Boolean).join('; ');
}

function requestWords({ kind, request: q, rules }) {
  const { actions = [], reasons = [], fields = [] } = kind.request ?? {};
  return [
    ...(q.items ?? []).map((i) => [worded(actions, i.action), pick(rules.documents.find((d) => d.type === i.type)?.words) || i.type, i.number].filter(Boolean).join(' – ')),
    q.action ? worded(actions, q.action) : '', q.reason ? worded(reasons, q.reason) : '', q.by && q.by !== 'holder' ? `${t(`request.by-${q.by}`)} · ${q.account}` : '',
    ...fields.filter((f) => q.fields?.[f.name]).map((f) => `${pick(f.words)}: ${q.fields[f.name]}`),
  ].filter(Boolean).join('; ');
}

const familyWords = ({ family, rules }) => family.members.map((m) => `${worded(rules.family, m.relation)}: ${m.name ?? t('family.absent', { reason: m.absent })}`).join('; ');
