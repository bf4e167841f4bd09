// People of the simulated outside who see one request through: Alan asks, Bob approves.
import { until } from '../playground/wait.mjs';

export { until };

const CHOICES = { route: 'US West', emergency_address: 'a-denver-hq' };

/** The newest message of the bot in which this is found. */
const message = (outside, text) => until(async () => {
  const all = await outside.control('GET', 'messages');
  return all.findLast((one) => JSON.stringify(one).includes(text));
}, { timeout: 40_000, every: 30, what: `a message with ${text}` });

const press = (outside, who, { id }, title, inputs = {}) => outside.control('POST', `people/${who}/press`, { message: id, title, inputs });

/** Alan asks for a line in a channel and sends it for approval; returns the approval card and the channel's thread. */
export async function asked(outside, text = '/onboard alice@contoso.com ext 1000') {
  const place = await outside.control('POST', 'places/channel-thread');
  await outside.control('POST', 'people/alan/say', { place, text });
  await press(outside, 'alan', await message(outside, '"Request approval"'), 'Request approval', CHOICES);
  return { place, card: await message(outside, '"Approve"') };
}

/** The same, approved by Bob. */
export async function askFor(outside) {
  const { place, card } = await asked(outside);
  await press(outside, 'bob', card, 'Approve');
  return place;
}
