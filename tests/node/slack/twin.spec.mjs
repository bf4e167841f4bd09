// The same signed bytes to Slack's own framework (Bolt for JavaScript) and to the bot: the same verdicts, except where a
// probe says why ours has to be another.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { BINARY, freePort, ready, start, world } from '../infra/house.mjs';

const { App, LogLevel } = createRequire(import.meta.url)('@slack/bolt');

const folder = mkdtempSync(path.join(tmpdir(), 'slack-twin-'));
let outside, bot, bolt, secret, team, app;
const url = {};

before(async () => {
  outside = await world();
  const { slack } = await outside.control('GET', 'seed');
  [secret, team, app] = [slack.signing_secret, 'T0123456789', slack.app_id];
  const listen = `127.0.0.1:${await freePort()}`;
  const config = path.join(folder, 'bot.toml');
  writeFileSync(config, await outside.config({ listen, store_url: `sqlite:${path.join(folder, 'bot.db')}`, slack: 'http' }));
  bot = start(BINARY, ['serve', '--config', config]);
  await ready(`http://${listen}/readyz`, bot);
  url.ours = `http://${listen}/slack/events`;
  const port = await freePort();
  bolt = new App({ signingSecret: secret, logLevel: LogLevel.ERROR, authorize: async () => ({ botToken: 'xoxb-x', botId: 'B0', botUserId: 'U0BOT' }) });
  bolt.error(async () => {}); // what it refuses is what is looked at here
  bolt.event('app_mention', async () => {});
  bolt.command('/voice', ({ ack }) => ack({ response_type: 'ephemeral', text: 'help' }));
  bolt.action('approve', ({ ack }) => ack());
  bolt.action('open', ({ ack }) => ack());
  bolt.shortcut('onboard_shortcut', ({ ack }) => ack());
  bolt.shortcut('onboard_message', ({ ack }) => ack());
  bolt.view('note', ({ ack }) => ack());
  bolt.view({ callback_id: 'note', type: 'view_closed' }, ({ ack }) => ack());
  bolt.view('onboard', ({ ack }) => ack({ response_action: 'errors', errors: { 'subject:1': 'no' } }));
  await bolt.start({ port, host: '127.0.0.1' });
  url.bolt = `http://127.0.0.1:${port}/slack/events`;
});

after(async () => {
  await bolt?.stop();
  await bot?.stop();
  await outside?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const now = () => Math.floor(Date.now() / 1000);
const tag = (body, at, key = secret) => `v0=${createHmac('sha256', key).update(`v0:${at}:`).update(body).digest('hex')}`;

/** Headers that Slack would send with this body; `change` turns them into others. */
function headers(body, { at = now(), key = secret, change = (h) => h, type } = {}) {
  const kind = type ?? (body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded');
  return change({ 'content-type': kind, 'x-slack-request-timestamp': String(at), 'x-slack-signature': tag(body, at, key) });
}

// Not fetch: it joins headers that are there twice.
function send(target, method, body, sent) {
  return new Promise((done, failed) => {
    const call = request(target, { method, headers: { ...sent, 'content-length': Buffer.byteLength(body) } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (data) => { text += data; });
      answer.on('end', () => done({ status: answer.statusCode, text }));
    });
    call.on('error', failed);
    call.end(body);
  });
}

/** What Slack would make of an answer: the status, and of a body what it means. */
function verdict({ status, text }) {
  if (status >= 400 || text === '') return String(status);
  let body;
  try { body = JSON.parse(text); } catch { return `${status} words`; }
  if (body.challenge !== undefined) return `${status} challenge ${body.challenge}`;
  if (body.response_action === 'errors') return `${status} errors under ${Object.keys(body.errors)}`;
  return `${status} ${body.response_type ?? body.response_action ?? 'JSON'}`;
}

let counter = 0;
const unique = () => `${now()}.${process.pid}.${(counter += 1)}`;
const json = (value) => () => JSON.stringify(value());
const form = (value) => () => new URLSearchParams(value()).toString();
const event = (inner, outer = {}) => json(() => ({ type: 'event_callback', token: 'x', team_id: team, api_app_id: app, event_id: `Ev${unique()}`, event_time: now(),
  authorizations: [{ enterprise_id: null, team_id: team, user_id: 'U0BOT', is_bot: true, is_enterprise_install: false }], event: { event_ts: unique(), ...inner }, ...outer }));
const mention = () => event({ type: 'app_mention', user: 'U0NOBODY', channel: 'C0NOWHERE', ts: unique(), text: '<@U0BOT> help' });
const command = (name, text = '') => form(() => ({ token: 'x', team_id: team, team_domain: 'contoso', channel_id: 'C0NOWHERE', channel_name: 'x', user_id: 'U0NOBODY', user_name: 'x',
  command: name, text, api_app_id: app, is_enterprise_install: 'false', response_url: 'https://hooks.slack.com/commands/1/2/3', trigger_id: unique() }));
const interaction = (value) => form(() => ({ payload: JSON.stringify({ token: 'x', api_app_id: app, team: { id: team, domain: 'contoso' }, user: { id: 'U0NOBODY', team_id: team, username: 'x' },
  enterprise: null, is_enterprise_install: false, trigger_id: unique(), ...value }) }));
const press = (action) => interaction({ type: 'block_actions', container: { type: 'message', message_ts: '1.1', channel_id: 'C0NOWHERE', is_ephemeral: false },
  channel: { id: 'C0NOWHERE', name: 'x' }, message: { ts: '1.1' }, state: { values: {} }, response_url: 'https://hooks.slack.com/actions/1/2/3',
  actions: [{ type: 'button', block_id: 'b', action_ts: '1.2', ...action }] });
const view = (callback, more = {}) => ({ id: 'V1', type: 'modal', callback_id: callback, private_metadata: '', hash: 'h', blocks: [], state: { values: {} }, ...more });
const onboard = view('onboard', { private_metadata: JSON.stringify({ team: 'T0123456789', enterprise: '', channel: 'C0NOWHERE' }),
  blocks: ['subject', 'extension'].map((id) => ({ type: 'input', block_id: `${id}:1`, element: { type: 'plain_text_input', action_id: id } })),
  state: { values: { 'subject:1': { subject: { type: 'plain_text_input', value: 'alice' } }, 'extension:1': { extension: { type: 'plain_text_input', value: '1000' } } } } });
const verification = json(() => ({ type: 'url_verification', token: 'x', challenge: 'abc' }));
const without = (name) => (h) => { const { [name]: _, ...rest } = h; return rest; };
const with_ = (name, value) => (h) => ({ ...h, [name]: typeof value === 'function' ? value(h[name]) : value });

/** `differs`: what each of them says, and why ours has to. */
const probes = [
  { name: 'url_verification', body: verification, both: '200 challenge abc' },
  { name: 'url_verification, unsigned', body: verification, change: without('x-slack-signature'), both: '401' },
  { name: 'no timestamp', body: mention(), change: without('x-slack-request-timestamp'), both: '401' },
  { name: 'another secret', body: mention(), key: 'guess', both: '401' },
  { name: 'another version of the signature', body: mention(), change: with_('x-slack-signature', (v) => v.replace('v0=', 'v1=')), both: '401' },
  { name: 'no version of the signature', body: mention(), change: with_('x-slack-signature', (v) => v.slice(3)), both: '401' },
  { name: 'an empty signature', body: mention(), change: with_('x-slack-signature', ''), both: '401' },
  { name: 'a signature in upper case', body: mention(), change: with_('x-slack-signature', (v) => v.toUpperCase().replace('V0=', 'v0=')), both: '401' },
  { name: 'a signature cut short', body: mention(), change: with_('x-slack-signature', (v) => v.slice(0, -2)), both: '401' },
  { name: 'two signatures', body: mention(), change: with_('x-slack-signature', (v) => [v, v]), both: '401' },
  { name: 'a timestamp in words', body: mention(), change: with_('x-slack-request-timestamp', 'yesterday'), both: '401' },
  { name: 'another timestamp', body: mention(), change: with_('x-slack-request-timestamp', (v) => String(Number(v) - 1)), both: '401' },
  { name: '299 s old', body: mention(), at: () => now() - 295, both: '200' },
  { name: '301 s old', body: mention(), at: () => now() - 305, both: '401' },
  { name: '301 s in the future', body: mention(), at: () => now() + 310, differs: { bolt: '200', ours: '401', why: 'Slack speaks of the absolute difference' } },
  { name: 'an event with a listener', body: mention(), both: '200' },
  { name: 'an event that is delivered again', body: mention(), change: (h) => ({ ...h, 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' }), both: '200' },
  { name: 'an event without a listener', body: event({ type: 'emoji_changed', subtype: 'add', name: 'x' }), both: '200' },
  { name: 'a command', body: command('/voice', 'help'), both: '200 ephemeral' },
  { name: 'a command that nobody knows', body: command('/somebody-elses'), differs: { bolt: '404', ours: '200 ephemeral', why: 'people are told what the bot understands' } },
  { name: 'a press', body: press({ action_id: 'approve', value: '{"request":"ONB-999","version":1}' }), both: '200' },
  { name: 'a link', body: press({ action_id: 'open', url: 'https://contoso.com' }), both: '200' },
  { name: 'a press that nobody knows', body: press({ action_id: 'from-another-version', value: '{}' }), differs: { bolt: '404', ours: '200', why: 'the person is told in words' } },
  { name: 'a shortcut', body: interaction({ type: 'shortcut', callback_id: 'onboard_shortcut', action_ts: '1.2' }), both: '200' },
  { name: 'a shortcut on a message', body: interaction({ type: 'message_action', callback_id: 'onboard_message', channel: { id: 'C0NOWHERE', name: 'x' }, message_ts: '1.1',
    message: { type: 'message', user: 'U0NOBODY', ts: '1.1', text: 'hello' }, response_url: 'https://hooks.slack.com/app/1/2/3' }), both: '200' },
  { name: 'a submitted form', body: interaction({ type: 'view_submission', view: view('note') }), both: '200' },
  { name: 'a submitted form with a mistake', body: interaction({ type: 'view_submission', view: onboard }), both: '200 errors under subject:1' },
  { name: 'a closed form', body: interaction({ type: 'view_closed', is_cleared: false, view: view('note') }), both: '200' },
  { name: 'ssl_check, unsigned', body: () => 'ssl_check=1&token=x', change: without('x-slack-signature'), both: '200' },
  { name: 'ssl_check with another value, unsigned', body: () => 'ssl_check=true&token=x', change: without('x-slack-signature'), both: '401' },
  { name: 'broken JSON', body: () => '{"type":"event_callback",', both: '400' },
  { name: 'GET', method: 'GET', body: () => '', differs: { bolt: '404', ours: '405', why: 'the path is there' } },
];

for (const { name, method = 'POST', body, at, key, change, both, differs } of probes) {
  test(name, { timeout: 20_000 }, async () => {
    const sent = body();
    const signed = headers(sent, { at: at?.(), key, change });
    const [theirs, ours] = await Promise.all([url.bolt, url.ours].map((target) => send(target, method, sent, signed)));
    const expected = differs ?? { bolt: both, ours: both };
    assert.deepEqual({ bolt: verdict(theirs), ours: verdict(ours) }, { bolt: expected.bolt, ours: expected.ours }, `${differs?.why ?? 'they agree'}\nbolt: ${theirs.text}\nours: ${ours.text}`);
  });
}

test('there are enough probes, and nearly all agree', () => {
  assert.ok(probes.length >= 18);
  assert.ok(probes.filter((probe) => probe.differs).length <= 4);
});
