// trial.js prints a sheet that shows whether the printer is fit for receipts:
// every letter of Vietnamese, thin and thick lines, the whole width. It names
// nobody.
import { el } from '../../dom.js';
import { stamp, vietnamese as t } from '../../words.js';
import { paper, printSheet } from './paper.js';

// printTrial prints it on the paper that is chosen here.
export function printTrial() {
  printSheet(el('article', { class: 'trial-paper', 'data-test': 'trial-paper' },
    el('h1', {}, t('trial.title')), el('p', {}, stamp(new Date().toISOString())),
    el('p', { class: 'letters' }, t('trial.letters')), el('p', { class: 'letters' }, t('trial.letters').toUpperCase()),
    el('p', { class: 'lines' }), el('p', {}, t('trial.edges'))), paper());
}
