// The manifest that `onboard-bot package slack` writes, held against what Slack takes (slack.schema.json).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = process.env.ONBOARD_BOT ?? path.join(root, 'target/debug/onboard-bot');
const example = readFileSync(path.join(root, 'onboard-bot.example.toml'), 'utf8');
const folder = mkdtempSync(path.join(tmpdir(), 'slack-schema-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const schema = JSON.parse(readFileSync(fileURLToPath(new URL('slack.schema.json', import.meta.url)), 'utf8'));
const validate = new Ajv({ strict: true, allErrors: true }).compile(schema);

/** What Slack would not take, each with its place. */
function complaints(manifest) {
  return validate(manifest) ? [] : validate.errors.map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);
}

const reached = { ONBOARD_BOT__SERVER__PUBLIC_URL: 'https://bot.contoso.com' };
const installed = { ...reached, ONBOARD_BOT__SLACK__CLIENT_ID: '12345.67890', ONBOARD_BOT__SLACK__CLIENT_SECRET: 'not-a-secret', ONBOARD_BOT__SLACK__TOKEN_KEY: '0123456789abcdef'.repeat(4) };
const socket = { ONBOARD_BOT__SLACK__MODE: 'socket' };
const ungrouped = example.replace(/, "slack-usergroup:[A-Z0-9]+"/g, '');

/** The manifest of a configuration with more environment. */
function build(environment, text = example) {
  const config = path.join(folder, 'onboard-bot.toml');
  writeFileSync(config, text);
  const secrets = [...text.matchAll(/"env:([A-Z0-9_]+)"/g)].map(([, name]) => [name, 'not-a-secret']);
  const env = { ...process.env, ...Object.fromEntries(secrets), ...environment };
  execFileSync(binary, ['package', 'slack', '--config', config, '--out', folder], { env, stdio: 'pipe' });
  return parse(readFileSync(path.join(folder, 'manifest.yaml'), 'utf8'));
}

const ways = { http: {}, 'http with an address': reached, 'http, installed by workspaces': installed, socket, 'socket, installed by workspaces': { ...installed, ...socket } };
const good = {};
for (const [way, environment] of Object.entries(ways)) {
  good[way] = build(environment);
  good[`${way}, without user groups`] = build(environment, ungrouped);
}

const long = (length) => 'x'.repeat(length);
const command = (m) => m.features.slash_commands[0];
const shortcut = (m) => m.features.shortcuts[0];
const events = (m) => m.settings.event_subscriptions;
const bad = {
  'no name': (m) => { delete m.display_information.name; },
  'no display information': (m) => { delete m.display_information; },
  'an empty name': (m) => { m.display_information.name = ''; },
  'a name too long': (m) => { m.display_information.name = long(36); },
  'a description too long': (m) => { m.display_information.description = long(141); },
  'a long description too short': (m) => { m.display_information.long_description = long(174); },
  'a colour too long': (m) => { m.display_information.background_color = '#1f4e79ff'; },
  'an unknown key at the top': (m) => { m.name = 'onboard-bot'; },
  'an unknown key in the metadata': (m) => { m._metadata.version = 2; },
  'a version in words': (m) => { m._metadata.major_version = '2'; },
  'an unknown key in the display information': (m) => { m.display_information.icon = 'x'; },
  'an unknown feature': (m) => { m.features.commands = []; },
  'an unknown key in the home tab': (m) => { m.features.app_home.enabled = true; },
  'a home tab in words': (m) => { m.features.app_home.home_tab_enabled = 'true'; },
  'a bot without a name': (m) => { delete m.features.bot_user.display_name; },
  'a bot with a name too long': (m) => { m.features.bot_user.display_name = long(81); },
  'an unknown key of the bot': (m) => { m.features.bot_user.name = 'x'; },
  'no command in the list of commands': (m) => { m.features.slash_commands = []; },
  'more than fifty commands': (m) => { m.features.slash_commands = Array(51).fill(command(m)); },
  'a command without a slash': (m) => { command(m).command = 'onboard'; },
  'a command that is only a slash': (m) => { command(m).command = '/'; },
  'a command too long': (m) => { command(m).command = `/${long(32)}`; },
  'a command without a description': (m) => { delete command(m).description; },
  'an empty hint': (m) => { command(m).usage_hint = ''; },
  'a hint too long': (m) => { command(m).usage_hint = long(1001); },
  'an address that is none': (m) => { command(m).url = 'bot.contoso.com/slack/commands'; },
  'an unknown key of a command': (m) => { command(m).hint = 'x'; },
  'eleven shortcuts': (m) => { m.features.shortcuts = Array(11).fill(shortcut(m)); },
  'a shortcut with a name too long': (m) => { shortcut(m).name = long(25); },
  'a shortcut everywhere': (m) => { shortcut(m).type = 'everywhere'; },
  'a shortcut without an id': (m) => { delete shortcut(m).callback_id; },
  'a shortcut with a description too long': (m) => { shortcut(m).description = long(151); },
  'an unknown key of a shortcut': (m) => { shortcut(m).title = 'x'; },
  'an address twice': (m) => { m.oauth_config.redirect_urls.push(m.oauth_config.redirect_urls[0]); },
  'a way back too long': (m) => { m.oauth_config.redirect_urls = [`https://${long(2500)}`]; },
  'one scope that is no list': (m) => { m.oauth_config.scopes.bot = 'commands'; },
  'a scope too long': (m) => { m.oauth_config.scopes.bot.push(long(51)); },
  'scopes of nobody': (m) => { m.oauth_config.scopes.app = ['connections:write']; },
  'an unknown key of OAuth': (m) => { m.oauth_config.redirect_uri = 'https://bot.contoso.com'; },
  'an event twice': (m) => { events(m).bot_events.push('app_mention'); },
  'an event too long': (m) => { events(m).bot_events.push(long(51)); },
  'an address of events that is none': (m) => { events(m).request_url = '/slack/events'; },
  'an unknown key of events': (m) => { events(m).events = []; },
  'an unknown key of interactivity': (m) => { m.settings.interactivity.url = 'https://bot.contoso.com'; },
  'interactivity neither on nor off': (m) => { delete m.settings.interactivity.is_enabled; },
  'an address of interactivity too long': (m) => { m.settings.interactivity.request_url = `https://${long(3500)}`; },
  'socket mode in words': (m) => { m.settings.socket_mode_enabled = 'yes'; },
  'token rotation as a number': (m) => { m.settings.token_rotation_enabled = 1; },
  'an unknown setting': (m) => { m.settings.socket_mode = true; },
};
/** What is unusual, and taken all the same: the limits themselves. */
const unusual = {
  'the longest names': (m) => { m.display_information.name = long(35); m.display_information.description = long(140); shortcut(m).name = long(24); command(m).command = `/${long(31)}`; },
  'the most of everything': (m) => { m.features.slash_commands = Array(50).fill(command(m)); m.features.shortcuts = Array(10).fill(shortcut(m)); },
  'a name and nothing else': (m) => { for (const key of Object.keys(m)) if (key !== 'display_information') delete m[key]; },
  'an address without TLS': (m) => { command(m).url = 'http://localhost:3978/slack/commands'; },
  'a scope that nobody knows': (m) => { m.oauth_config.scopes.bot.push('users:read.emial'); },
};

/** A copy with one thing changed; of the manifest that has everything. */
function spoiled(change) {
  const copy = structuredClone(good['http, installed by workspaces']);
  change(copy);
  return copy;
}

test('every manifest that we write is taken', () => {
  for (const [way, manifest] of Object.entries(good)) assert.deepEqual(complaints(manifest), [], way);
  const scopes = (way) => good[way].oauth_config.scopes.bot;
  assert.ok(scopes('http').includes('usergroups:read') && !scopes('http, without user groups').includes('usergroups:read'));
});

test('what Slack refuses is refused', () => {
  for (const [name, change] of Object.entries(bad)) assert.notDeepEqual(complaints(spoiled(change)), [], `${name} was not noticed`);
});

test('what Slack takes is taken, up to its limits', () => {
  for (const [name, change] of Object.entries(unusual)) assert.deepEqual(complaints(spoiled(change)), [], name);
});
