// A whole onboarding in local-slack, a stand-in workspace that others wrote: it signs, sends and shows, the bot answers it as
// it would answer Slack. Once by requests (Events API), once by Socket Mode.
//
// local-slack never says whether somebody confirmed their e-mail address, without which the bot takes nobody for who they
// claim to be. So a proxy stands before its Web API and adds that one field (`is_email_confirmed`) to users.info; the first
// story shows what happens without it. Tokens, blocks, triggers and limits are not checked by local-slack: those are the
// simulated Slack's part.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import WebSocket from 'ws';
import { BINARY, freePort, ready, start, world } from '../infra/house.mjs';
import { CHROMIUM_ARGS } from '../playground/driver.mjs';
import { until } from '../playground/wait.mjs';

const require = createRequire(import.meta.url);
const PEER = path.join(path.dirname(require.resolve('local-slack-linux-x64/package.json')), 'bin/local-slack');
const shots = fileURLToPath(new URL('../../artefacts/slack', import.meta.url));
const CHANNEL = 'C0PHONES001';
const SLOW = 90_000; // a whole onboarding, with the waiting for Microsoft that the world simulates
const people = ['alan', 'bob', 'steve'];

/** Stands before the Web API; `confirmed`: people have confirmed their addresses. */
async function proxy(target, state) {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { host, connection, ...headers } = request.headers;
    const answer = await fetch(`${target}${request.url}`, { method: request.method, headers, body: Buffer.concat(chunks) });
    let body = await answer.text();
    if (state.confirmed && request.url.endsWith('/users.info')) {
      const told = JSON.parse(body);
      if (told.user) told.user.is_email_confirmed = true;
      body = JSON.stringify(told);
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(body);
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** The world, local-slack, the proxy and the bot, put together. */
async function house(mode) {
  const folder = mkdtempSync(path.join(tmpdir(), 'local-slack-'));
  const parts = { folder, state: { confirmed: false } };
  const outside = parts.outside = await world();
  const { slack } = await outside.control('GET', 'seed');
  const account = (key) => slack.accounts.find((a) => a.key === key);
  parts.id = (key) => account(key).id;
  const [workspace] = slack.workspaces;
  const [port, listen] = [await freePort(), `127.0.0.1:${await freePort()}`];
  const peer = {
    workspace: { name: 'Contoso', domain: workspace.domain, teamId: workspace.id },
    app: { appId: slack.app_id, botUserId: workspace.bot_user, botName: 'onboard-bot', botToken: workspace.bot_token, appToken: slack.app_token,
      signingSecret: slack.signing_secret, mode: mode === 'socket' ? 'socket' : 'events', requestUrl: `http://${listen}/slack/events` },
    users: people.map((key) => ({ id: account(key).id, name: key, real_name: account(key).name, email: account(key).email })),
    channels: [{ id: CHANNEL, name: 'phones', members: [...people.map((key) => account(key).id), workspace.bot_user] }],
  };
  // JSON is valid YAML.
  writeFileSync(path.join(folder, 'local-slack.yaml'), JSON.stringify(peer));
  parts.url = `http://127.0.0.1:${port}`;
  parts.peer = start(PEER, ['--config', path.join(folder, 'local-slack.yaml'), '--port', String(port), '--base-host', '127.0.0.1']);
  await ready(`${parts.url}/_control/state`, parts.peer);
  parts.proxy = await proxy(parts.url, parts.state);
  const settings = { listen, store_url: `sqlite:${path.join(folder, 'bot.db')}`, slack: mode };
  const toml = (await outside.config(settings)).replace(/api_url = ".*"/, `api_url = "${parts.proxy.url}/api/"`);
  writeFileSync(path.join(folder, 'bot.toml'), toml);
  parts.bot = start(BINARY, ['serve', '--config', path.join(folder, 'bot.toml')]);
  await ready(`http://${listen}/readyz`, parts.bot);
  parts.screen = new WebSocket(`${parts.url.replace('http', 'ws')}/ui`);
  parts.frames = [];
  parts.screen.on('message', (data) => parts.frames.push(JSON.parse(String(data))));
  await until(() => parts.frames.some((frame) => frame.t === 'init'), { what: 'the client of local-slack' });
  if (mode === 'socket') {
    const open = async () => (await control(parts, 'GET', 'log')).log.some((entry) => /connect/i.test(JSON.stringify(entry)))
      || parts.frames.some((frame) => frame.t === 'socket_status' && frame.connected);
    await until(open, { timeout: 20_000, what: () => `a socket of the bot; it said:\n${parts.bot.said()}` });
  }
  return parts;
}

async function leave({ screen, bot, proxy: door, peer, outside, folder }) {
  screen?.terminate();
  await bot?.stop();
  door?.stop();
  await peer?.stop();
  await outside?.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function control({ url }, method, what, body) {
  const answer = await fetch(`${url}/_control/${what}`, { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
  assert.equal(answer.status, 200, `${what}: ${answer.status}`);
  return answer.json();
}

const said = (message) => `${message.text}\n${JSON.stringify(message.blocks ?? [])}`;
const button = (message, id) => (message.blocks ?? []).flatMap((b) => b.elements ?? []).find((e) => e.action_id === id);

for (const mode of ['http', 'socket']) {
  describe(`by ${mode}`, () => {
    let home;
    before(async () => { home = await house(mode); });
    after(async () => { if (home) await leave(home); });

    const messages = async () => (await control(home, 'GET', `messages/${CHANNEL}`)).messages;
    const shown = (test_, what, timeout = 20_000) => until(async () => (await messages()).find(test_), { timeout, what: () => `${what}; the bot said:\n${home.bot.said().slice(-3000)}` });
    const whispered = (who, text) => shown((m) => m.ephemeral_to === home.id(who) && said(m).includes(text), `private words for ${who}: ${text}`);
    const press = (who, message, id) => control(home, 'POST', 'interact', { channel: CHANNEL, messageTs: message.ts, user: home.id(who),
      action: { type: 'button', action_id: id, block_id: 'b', value: button(message, id)?.value ?? assert.fail(`no button ${id}: ${said(message)}`) } });
    const modal = (test_, what) => until(() => {
      const top = home.frames.filter((frame) => frame.t === 'view').at(-1)?.stack?.at(-1);
      return top && test_(top) ? top : null;
    }, { timeout: 20_000, what: () => `${what}; the client shows ${JSON.stringify(home.frames.filter((frame) => frame.t === 'view' || (frame.t === 'log' && /views/.test(JSON.stringify(frame.entry)))).slice(-8)).slice(0, 5000)}; the bot said:\n${home.bot.said().slice(-3000)}` });
    const screen = (frame) => home.screen.send(JSON.stringify(frame));

    test('whose address nobody confirmed is nobody', async () => {
      const text = `<@${(await control(home, 'GET', 'state')).apps[0].botUserId}> onboard <mailto:alice@contoso.com|alice@contoso.com> ext 1000`;
      await control(home, 'POST', 'message', { channel: CHANNEL, user: home.id('alan'), text });
      await whispered('alan', 'Slack has not confirmed your e-mail address');
      home.state.confirmed = true;
    });

    test('asked by a command and its form, approved by somebody else, proven', async () => {
      await control(home, 'POST', 'command', { channel: CHANNEL, user: home.id('alan'), command: '/onboard', text: '<mailto:alice@contoso.com|alice@contoso.com> ext 1000' });
      await whispered('alan', 'ONB-1');
      const form = await modal((view) => view.callback_id === 'submit', 'the form');
      const element = (id) => form.blocks.find((b) => b.element?.action_id === id);
      const choice = (id, wanted) => {
        const block = element(id);
        const option = (block.element.options ?? []).find((o) => o.value === wanted || o.text.text === wanted) ?? block.element.initial_option;
        return { [block.block_id]: { [id]: { type: block.element.type, selected_option: option ?? null } } };
      };
      const chosen = { ...choice('route', 'US West'), ...choice('location'), ...choice('voicemail') };
      screen({ t: 'view_submit', user: home.id('alan'), values: chosen });
      const errors = await until(() => home.frames.find((frame) => frame.t === 'view_errors'), { what: 'what is wrong, in place' });
      assert.deepEqual(Object.keys(errors.errors), [element('emergency_address').block_id]);
      screen({ t: 'view_submit', user: home.id('alan'), values: { ...chosen, ...choice('emergency_address', 'a-denver-hq') } });
      await until(() => home.frames.filter((frame) => frame.t === 'view').at(-1)?.stack?.length === 0, { what: 'the form to close' });

      const approval = await shown((m) => button(m, 'approve') && said(m).includes('Alice Adams'), 'the approval card');
      for (const named of ['1000tm', '+11000', 'US West', 'Denver HQ']) assert.ok(said(approval).includes(named), `it does not name ${named}`);
      await press('alan', approval, 'approve');
      await whispered('alan', 'You asked for ONB-1 yourself');
      await press('steve', approval, 'approve');
      await whispered('steve', 'You have no role in this');
      await press('bob', approval, 'approve');
      await whispered('bob', 'You approved ONB-1');
      const works = (m) => m.text.includes('The phone line of Alice Adams works');
      const done = await shown(works, 'the end', SLOW);
      assert.equal(done.thread_ts, approval.thread_ts, 'in the same thread');
      const progress = await shown((m) => said(m).includes('7 of 7 steps done'), 'the progress card with all steps');
      assert.equal(progress.ts, approval.thread_ts, 'progress is what begins the thread');
      assert.equal((await messages()).filter(works).length, 1, 'told once');
      assert.ok(!button((await messages()).find((m) => m.ts === approval.ts), 'approve'), 'a decided card has no buttons');
    });

    test('words, pages and what the client shows', async () => {
      const bot = (await control(home, 'GET', 'state')).apps[0].botUserId;
      await control(home, 'POST', 'message', { channel: CHANNEL, user: home.id('bob'), text: `<@${bot}> status ONB-1` });
      await shown((m) => m.user === bot && said(m).includes('Request ONB-1'), 'the status');
      await control(home, 'POST', 'open-home', { user: home.id('alan') });
      const page = await until(() => home.frames.findLast((frame) => frame.t === 'home' && frame.user === home.id('alan')), { what: 'the page' });
      assert.ok(JSON.stringify(page.view).includes('ONB-1'));
      mkdirSync(shots, { recursive: true });
      const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', headless: true, args: CHROMIUM_ARGS });
      try {
        const tab = await browser.newPage({ viewport: { width: 1300, height: 1600 } });
        await tab.goto(home.url);
        await tab.getByText('phones').first().click();
        await tab.getByText('Setting up +11000 for Alice Adams').first().waitFor();
        await tab.screenshot({ path: path.join(shots, `local-slack-${mode}.png`) });
      } finally { await browser.close(); }
      const rules = (await home.outside.control('GET', 'log')).filter((call) => call.violation);
      assert.deepEqual(rules, [], 'no rule of the other systems is broken');
    });
  });
}
