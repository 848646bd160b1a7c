// lookup.js answers "where is it?": the officer scans or types what is on the
// citizen's card, and the station's masked index says how far the application
// is, prints its receipt again, or begins the correction that was asked for.
import * as api from '../api.js';
import { el, fill, icon } from '../dom.js';
import { known, stamp, t } from '../words.js';
import { badge } from '../parts/badge.js';
import { pairs } from '../parts/facts.js';
import { fix } from '../parts/fix.js';
import { printReceipt } from '../parts/print/receipt.js';
import { track } from '../parts/track.js';
import { wedge } from '../parts/wedge.js';

export function lookup(station) {
  let answer = null;
  let chosen = null;
  let asking = false;
  const typed = wedge({ send: ask, changed: () => station.redraw() });
  const results = el('div', { class: 'stack', role: 'status', 'data-test': 'lookup-results' });
  const paper = el('div', { class: 'panel paperlike' });
  const where = el('section', { class: 'panel stack' });
  const mend = el('div');
  const node = el('div', { class: 'lookup' },
    el('section', { class: 'panel stack' },
      el('label', { class: 'field' }, el('span', {}, t('lookup.field')), typed.input, el('small', {}, t('lookup.note'))), results, mend),
    el('div', { class: 'stack answer' }, paper, where));
  show();

  async function ask(text) {
    if (asking) return;
    asking = true;
    [answer, chosen] = [null, null];
    show();
    station.redraw();
    try {
      answer = await api.lookup(text);
      chosen = answer.found.at(-1) ?? null;
    } catch (error) {
      station.refuse(error);
    }
    asking = false;
    show();
    station.redraw();
  }

  // choose leaves the list where it is: the focus stays, and nothing is read out anew.
  function choose(entry) {
    chosen = entry;
    for (const one of results.querySelectorAll('.found')) one.setAttribute('aria-pressed', String(one.dataset.test === `found-${entry.id}`));
    showChosen();
    station.redraw();
  }

  function show() {
    fill(results, asking ? el('p', { class: 'soft' }, t('lookup.busy')) : answer ? list() : null);
    showChosen();
  }

  function showChosen() {
    const there = chosen !== null;
    paper.classList.toggle('hidden', !there);
    fill(where, there ? [el('h2', {}, icon('send'), t('receipt.where')), track(chosen.state, chosen)]
      : el('div', { class: 'empty' }, icon('inbox', 44), t('lookup.before')));
    fill(paper, there ? slip() : null);
    fill(mend, there ? fix(station, chosen) : null);
  }

  function list() {
    if (answer.found.length === 0) {
      return [el('p', { 'data-test': 'lookup-none' }, t('lookup.none', { number: answer.number })), el('p', { class: 'soft' }, t('lookup.none-next'))];
    }
    return [el('h3', {}, t('lookup.found', { number: answer.number })), ...answer.found.toReversed().map((f) => el('button',
      { type: 'button', class: 'found', 'aria-pressed': String(f === chosen), 'data-test': `found-${f.id}`, on: { click: () => choose(f) } },
      el('b', {}, f.initials || f.masked), el('span', { class: 'code' }, f.id.slice(-8)), badge(f.state),
      el('small', {}, stamp(f.enqueued))))];
  }

  function slip() {
    return [el('h2', {}, t('receipt.title')), pairs([
      [t('receipt.id'), el('span', { class: 'code', 'data-test': 'lookup-id' }, chosen.id)],
      [t('lookup.kind'), known(`kind.${chosen.kind}`) ? t(`kind.${chosen.kind}`) : t('kind.enrolment')],
      [t('receipt.initials'), chosen.initials], [t('receipt.number'), answer.number], [t('receipt.sealed'), stamp(chosen.enqueued)],
      [t('receipt.position'), chosen.log_position ? String(chosen.log_position) : '']]),
    chosen.virtual ? el('p', { class: 'small soft' }, t('receipt.virtual')) : null];
  }

  return {
    node,
    focus: () => typed.input.focus(),
    leave: typed.stop,
    update() {},
    actions: () => ({
      next: { label: t('lookup.go'), disabled: asking || !typed.ready(), run: () => typed.send() },
      hint: t('lookup.hint'),
      others: [{ name: 'lookup-back', icon: 'cross', label: t('lookup.back'), run: () => station.enter('') },
        ...(chosen ? [{ name: 'reprint', icon: 'paper', label: t('lookup.print'), run: () => printReceipt(station, chosen.id, true) }] : [])],
    }),
  };
}
