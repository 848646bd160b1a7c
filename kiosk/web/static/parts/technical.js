// technical.js folds away what the program says to a technician: it is English,
// and the words above it say what the officer does.
import { el } from '../dom.js';
import { t } from '../words.js';

export const technical = (texts) => el('details', {}, el('summary', {}, t('devices.technical')), texts.map((text) => el('p', { class: 'code', lang: 'en' }, text)));
