// screens.js lists what the citizen's own screen can show, by the station's
// names. A screen has its title and lead, its node, and what the citizen can do
// next; update keeps it at the view.
import { quiet } from './screens/quiet.js';
import { enter } from './screens/enter.js';
import { card } from './screens/card.js';
import { notice } from './screens/notice.js';
import { person } from './screens/person.js';
import { phone } from './screens/phone.js';
import { code } from './screens/code.js';
import { portrait } from './screens/portrait.js';
import { fingers } from './screens/fingers.js';
import { consent } from './screens/consent.js';
import { wait } from './screens/wait.js';
import { status } from './screens/status.js';

export const screens = {
  enter,
  away: quiet('away', 'clock'),
  blank: quiet('blank', 'person'),
  notice,
  card,
  guardian: quiet('guardian', 'card'),
  person,
  phone,
  code,
  portrait,
  fingers,
  consent,
  wait,
  status,
};
