// pin.js is the field for a PIN. Browsers offer to keep what is typed into such a
// field, for whoever sits at this computer next; of a code that holds once they
// keep nothing.
import { el } from '../dom.js';

export const pinInput = (attributes) => el('input', { type: 'password', inputmode: 'numeric', maxlength: '12', autocomplete: 'one-time-code', ...attributes });
