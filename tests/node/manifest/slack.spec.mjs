// The manifest that `onboard-bot package slack` writes, held against the types and limits of Slack's own client.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { parse } from 'yaml';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = process.env.ONBOARD_BOT ?? path.join(root, 'target/debug/onboard-bot');
const example = path.join(root, 'onboard-bot.example.toml');
const folder = mkdtempSync(path.join(tmpdir(), 'slack-manifest-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const installing = {
  ONBOARD_BOT__SERVER__PUBLIC_URL: 'https://bot.contoso.com',
  ONBOARD_BOT__SLACK__CLIENT_ID: '12345.67890',
  ONBOARD_BOT__SLACK__CLIENT_SECRET: 'not-a-secret',
  ONBOARD_BOT__SLACK__TOKEN_KEY: '0123456789abcdef'.repeat(4),
};
const socket = { ONBOARD_BOT__SLACK__MODE: 'socket' };
const variants = { http: {}, 'http, installed by workspaces': installing, socket, 'socket, installed by workspaces': { ...installing, ...socket } };

/** What is written and what is said for the example configuration with more environment. */
function build(environment) {
  const secrets = [...readFileSync(example, 'utf8').matchAll(/"env:([A-Z0-9_]+)"/g)].map(([, name]) => [name, 'not-a-secret']);
  const env = { ...process.env, ...Object.fromEntries(secrets), ...environment };
  const said = execFileSync(binary, ['package', 'slack', '--config', example, '--out', folder], { env, encoding: 'utf8' });
  return { said, manifest: parse(readFileSync(path.join(folder, 'manifest.yaml'), 'utf8')) };
}

/** What tsc says about manifests as arguments of apps.manifest.validate, by name. */
function complaints(manifests) {
  const home = mkdtempSync(path.join(folder, 'types-'));
  mkdirSync(path.join(home, 'node_modules'));
  for (const name of ['@slack', '@types', 'axios', 'typescript']) {
    try { symlinkSync(path.join(root, 'tests/node/node_modules', name), path.join(home, 'node_modules', name)); } catch (error) { if (error.code !== 'ENOENT') throw error; }
  }
  writeFileSync(path.join(home, 'package.json'), '{"type":"module"}');
  const files = Object.entries(manifests).map(([, manifest], index) => {
    // A literal: what is imported as JSON loses its exact words.
    writeFileSync(path.join(home, `m${index}.ts`), `import type { AppsManifestValidateArguments } from '@slack/web-api';\nexport const m: AppsManifestValidateArguments = { manifest: ${JSON.stringify(manifest)} };\n`);
    return `m${index}.ts`;
  });
  const tsc = require.resolve('typescript/bin/tsc');
  const args = [tsc, '--noEmit', '--strict', '--skipLibCheck', '--pretty', 'false', '--module', 'nodenext', '--moduleResolution', 'nodenext', ...files];
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: home, encoding: 'utf8' });
  const found = Object.keys(manifests).map((name, index) => [name, stdout.split('\n').filter((line) => line.startsWith(`m${index}.ts`))]);
  assert.equal(status === 0, found.every(([, lines]) => lines.length === 0), stdout);
  return Object.fromEntries(found);
}

/** interface -> property -> { type, longest, most }, out of the words that stand above each property of the official types. */
const limits = (() => {
  const file = path.join(path.dirname(require.resolve('@slack/web-api/package.json')), 'dist/types/request/manifest.d.ts');
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = {};
  for (const statement of source.statements.filter(ts.isInterfaceDeclaration)) {
    found[statement.name.text] = Object.fromEntries(statement.members.filter(ts.isPropertySignature).map((member) => {
      const words = source.text.slice(member.getFullStart(), member.getStart()).replace(/\s*\n\s*\*\s*/g, ' ');
      const number = (pattern) => { const hit = words.match(pattern); return hit ? Number(hit[1].replace(',', '')) : Infinity; };
      return [member.name.getText(), { type: member.type.getText().replace('[]', ''), longest: number(/Maximum length is ([\d,]+) characters/), most: number(/[Mm]aximum of ([\d,]+) /) }];
    }));
  }
  return found;
})();

function tooLong(value, type = 'Manifest', at = '') {
  const wrong = [];
  for (const [name, child] of Object.entries(value)) {
    const rule = limits[type]?.[name];
    if (!rule) continue;
    const items = Array.isArray(child) ? child : [child];
    if (items.length > rule.most) wrong.push(`${at}/${name}: ${items.length} of ${rule.most}`);
    for (const item of items) {
      if (typeof item === 'string' && item.length > rule.longest) wrong.push(`${at}/${name}: ${item.length} of ${rule.longest} characters`);
      if (item && typeof item === 'object') wrong.push(...tooLong(item, rule.type, `${at}/${name}`));
    }
  }
  return wrong;
}

/** A copy with one value changed. */
function spoiled(manifest, change) {
  const copy = structuredClone(manifest);
  change(copy);
  return copy;
}

test('the manifest of every kind of installation has the official types, and they would notice if not', () => {
  const good = Object.fromEntries(Object.entries(variants).map(([name, environment]) => [name, build(environment).manifest]));
  const { manifest } = build(installing);
  const bad = {
    scope: spoiled(manifest, (m) => m.oauth_config.scopes.bot.push('users:read.emial')),
    event: spoiled(manifest, (m) => m.settings.event_subscriptions.bot_events.push('app_home_open')),
    shortcut: spoiled(manifest, (m) => { m.features.shortcuts[0].type = 'everywhere'; }),
    'unknown key': spoiled(manifest, (m) => { m.features.slash_commands[0].hint = 'x'; }),
    'missing key': spoiled(manifest, (m) => { delete m.display_information.name; }),
    flag: spoiled(manifest, (m) => { m.settings.socket_mode_enabled = 'yes'; }),
  };
  const found = complaints({ ...good, ...bad });
  for (const name of Object.keys(good)) assert.deepEqual(found[name], [], name);
  for (const name of Object.keys(bad)) assert.notDeepEqual(found[name], [], `${name} was not noticed`);
});

test('nothing is longer or more than Slack takes, and that would be noticed', () => {
  for (const [name, environment] of Object.entries(variants)) assert.deepEqual(tooLong(build(environment).manifest), [], name);
  const { manifest } = build({});
  for (const [change, said] of [
    [(m) => { m.display_information.name = 'x'.repeat(36); }, '/display_information/name: 36 of 35 characters'],
    [(m) => { m.display_information.description = 'x'.repeat(141); }, '/display_information/description: 141 of 140 characters'],
    [(m) => { m.features.slash_commands[0].command = `/${'x'.repeat(32)}`; }, '/features/slash_commands/command: 33 of 32 characters'],
    [(m) => { m.features.shortcuts = Array(11).fill(m.features.shortcuts[0]); }, '/features/shortcuts: 11 of 10'],
  ]) assert.deepEqual(tooLong(spoiled(manifest, change)), [said]);
  // Not in the types' words: https://docs.slack.dev/interactivity/implementing-shortcuts
  for (const shortcut of manifest.features.shortcuts) assert.ok(shortcut.name.length <= 24, shortcut.name);
  assert.match(manifest.display_information.background_color, /^#[0-9a-f]{6}$/);
  assert.match(manifest.features.bot_user.display_name, /^[a-z0-9._-]+$/);
});

test('each mode says where Slack reaches the bot, and only that', () => {
  const addresses = (manifest) => [...new Set(JSON.stringify(manifest).match(/https?:[^"]+/g) ?? [])].sort();
  const http = build({ ONBOARD_BOT__SERVER__PUBLIC_URL: 'https://bot.contoso.com/' }).manifest;
  assert.deepEqual(addresses(http), ['commands', 'events', 'interactivity'].map((name) => `https://bot.contoso.com/slack/${name}`));
  assert.deepEqual([http.settings.socket_mode_enabled, http.settings.token_rotation_enabled], [false, false]);
  const installed = build(installing).manifest;
  assert.deepEqual(installed.oauth_config.redirect_urls, ['https://bot.contoso.com/slack/oauth_redirect']);
  assert.equal(installed.settings.token_rotation_enabled, true);
  const over = build(socket).manifest;
  assert.deepEqual(addresses(over), []);
  assert.equal(over.settings.socket_mode_enabled, true);
  assert.deepEqual(over.settings.interactivity, { is_enabled: true });
  assert.equal(over.oauth_config.redirect_urls, undefined);
  for (const manifest of [http, over]) {
    assert.deepEqual(manifest.features.slash_commands.map(({ command, should_escape }) => [command, should_escape]), [['/onboard', true], ['/voice', true]]);
    assert.deepEqual(manifest.features.shortcuts.map(({ type, callback_id }) => [type, callback_id]), [['global', 'onboard_shortcut'], ['message', 'onboard_message']]);
    assert.deepEqual(manifest.features.app_home, { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false });
  }
});

test('it is said where to paste it, and what is still to be replaced', () => {
  assert.match(build(installing).said, /manifest\.yaml\nPaste it at https:\/\/api\.slack\.com\/apps[^\n]+\n$/);
  assert.match(build({}).said, /\nBefore that, set server\.public_url [^\n]+https:\/\/onboard-bot\.example\.com by hand\.\n$/);
  assert.match(build(socket).said, /Paste it at [^\n]+\n$/);
});
