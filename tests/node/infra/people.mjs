// People of the simulated outside who see one request through: Alan asks, Bob approves.
import { until } from '../playground/wait.mjs';

export { until };

const CHOICES = { route: 'US West', emergency_address: 'a-denver-hq' };

/** The newest message of a place in which this is found. */
async function message(outside, place, text) {
  let there;
  return until(async () => {
    there = (await outside.control('GET', 'messages')).filter((one) => one.place === place.id);
    return there.findLast((one) => JSON.stringify(one.activity).includes(text));
  }, { timeout: 40_000, every: 30, what: () => `a message with ${text}; there is ${JSON.stringify(there.map((one) => one.activity)).slice(0, 2000)}` });
}

const press = (outside, who, { id }, title, inputs = {}) => outside.control('POST', `people/${who}/press`, { message: id, title, inputs });

/** Alan asks for a line in a channel and sends it for approval; returns the approval card and the channel's thread. */
export async function asked(outside, text = '/onboard alice@contoso.com ext 1000') {
  const place = await outside.control('POST', 'places/channel-thread');
  await outside.control('POST', 'people/alan/say', { place, text });
  await press(outside, 'alan', await message(outside, place, '"Request approval"'), 'Request approval', CHOICES);
  return { place, card: await message(outside, place, '"Approve"') };
}

/** The same, approved by Bob. */
export async function askFor(outside, text) {
  const { place, card } = await asked(outside, text);
  await press(outside, 'bob', card, 'Approve');
  return place;
}
