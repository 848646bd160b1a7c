// call.js speaks with the officer's page in the same browser: it says whether
// this window is let in, and takes a new code after a restart.

// channelName is what both pages meet on.
export const channelName = 'tram-second';

// callOfficer answers the officer's page. A window that was let in once asks for
// a code by itself; any other waits until it is opened or typed into.
export function callOfficer({ on, known, join }) {
  const channel = new BroadcastChannel(channelName);
  const tell = () => channel.postMessage({ citizen: on() ? 'on' : known() ? 'waiting' : 'new' });
  channel.addEventListener('message', ({ data }) => {
    if (data?.ask) tell();
    else if (typeof data?.code === 'string') join(data.code);
  });
  addEventListener('pagehide', () => channel.postMessage({ citizen: 'gone' }));
  return { tell };
}
