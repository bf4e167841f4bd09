// Drives the Microsoft 365 Agents Playground (a local Teams client plus Bot Connector) in headless Chromium.
//
//   const me = await start('http://127.0.0.1:3978/api/messages', { config: teamsConfig({ me: PEOPLE[0] }) });
//   await me.openChat('personal');
//   await me.send('/onboard alice@contoso.com ext 1000');
//   const msg = await me.waitForBotMessage((m) => m.card);
//   await me.fillCardInput(msg, 'pbxLocation', 'uswest');
//   const { response } = await me.clickCardAction('Approve', msg);
//   await me.stop();
//
// One session is one signed-in user. For two people (requester and approver) start two sessions whose configs
// name a different `me`: each has its own port, its own serviceUrl and its own personal conversation.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { CARD_TYPE, cardText, elements, everything } from './card.mjs';
import { checkConfig, teamsConfig } from './people.mjs';
import { esc, exactly, sleep, until } from './wait.mjs';

const require = createRequire(import.meta.url);

/** Root needs --no-sandbox; the rest keeps the browser from calling anybody but this machine. */
export const CHROMIUM_ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const freePort = () => new Promise((ok, no) => {
  const s = createServer();
  s.once('error', no);
  s.listen(0, () => { const { port } = s.address(); s.close(() => ok(port)); });
});

/**
 * Starts the playground against `botUrl`, opens its page and resolves to a Session.
 * Options: config (see teamsConfig), channelId ('msteams' | 'emulator'), port, chromiumPath, browser (share one
 * between sessions: `other.browser`), viewport, clientId/clientSecret/tenantId, env, readyTimeout.
 */
export async function start(botUrl, {
  config = teamsConfig(), channelId = 'msteams', port, chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', browser,
  viewport = { width: 1400, height: 1100 }, clientId, clientSecret, tenantId, deliveryMode, env = {}, readyTimeout = 30_000,
} = {}) {
  checkConfig(config);
  if (!existsSync(chromiumPath)) throw new Error(`no browser at ${chromiumPath}; set CHROMIUM_PATH`);
  const dir = await mkdtemp(path.join(tmpdir(), 'playground-'));
  // JSON is valid YAML, so no YAML writer is needed.
  await writeFile(path.join(dir, '.m365agentsplayground.yml'), JSON.stringify(config, null, 2));
  const wanted = port ?? await freePort();
  const cli = path.join(path.dirname(require.resolve('@microsoft/m365agentsplayground/package.json')), 'cli.js');
  const args = [cli, 'start', '-e', botUrl, '-c', channelId, '-p', String(wanted), '--disable-telemetry'];
  if (clientId) args.push('--client-id', clientId, '--client-secret', clientSecret ?? '');
  if (tenantId) args.push('--tenant-id', tenantId);
  if (deliveryMode) args.push('--delivery-mode', deliveryMode);
  const child = spawn(process.execPath, args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, APPLICATION_INSIGHTS_NO_STATSBEAT: 'true', ...env } });
  let output = '';
  child.stdout.on('data', (d) => { output += d; });
  child.stderr.on('data', (d) => { output += d; });
  const session = new Session({ child, dir, config, channelId, botUrl, output: () => output });
  try {
    const base = await until(async () => {
      if (child.exitCode !== null) throw new Error(`the playground exited with ${child.exitCode} (a bad config does this; run it on a terminal to see why): ${output.trim()}`);
      const m = /Listening on (\d+)/.exec(output);
      if (!m) return null;
      const url = `http://localhost:${m[1]}`;
      return fetch(url).then((r) => r.ok && url, () => null);
    }, { timeout: readyTimeout, every: 150, what: () => `the playground to listen; it said: ${output}` });
    await session.open(base, { chromiumPath, browser, viewport });
    return session;
  } catch (e) { await session.stop(); throw e; }
}

class Session {
  constructor(parts) {
    Object.assign(this, parts);
    this.messages = []; // bot messages, oldest first
    this.traffic = []; // every activity in either direction, as the playground's log reports it
    this.transcript = [];
    this.posts = new Map(); // thread conversation id -> creation order, for channels
    this.warnings = [];
    this.mark = 0;
    this.current = null;
    this.seq = 0;
  }

  async open(base, { chromiumPath, browser, viewport }) {
    this.base = base;
    this.ownBrowser = !browser;
    this.browser = browser ?? await chromium.launch({ executablePath: chromiumPath, headless: true, args: CHROMIUM_ARGS });
    this.context = await this.browser.newContext({ viewport, locale: 'en-US', timezoneId: 'UTC' });
    // Only this machine is reachable: the page's fonts and icons come from a CDN and have local fallbacks.
    const host = new URL(base).hostname;
    await this.context.route((u) => ![host, '127.0.0.1', 'localhost'].includes(u.hostname) && u.protocol.startsWith('http'), (r) => r.abort());
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(10_000);
    this.page.on('websocket', (ws) => ws.on('framereceived', (f) => this.#frame(f.payload)));
    this.page.on('response', (r) => this.#posted(r));
    await this.page.goto(base, { waitUntil: 'load' });
    await this.page.locator('[data-lexical-editor]').first().waitFor({ timeout: 20_000 });
    await this.page.getByRole('button', { name: 'Hide log panel' }).click(); // its stream keeps running
    await this.openChat('personal');
    // Loading the page installs the app in the personal chat; wait for that to reach the bot.
    await until(() => this.traffic.some((t) => t.toBot && ['installationUpdate', 'conversationUpdate'].includes(t.activity.type)), { timeout: 10_000, what: 'the installation event' });
  }

  #frame(payload) {
    let d; try { d = JSON.parse(String(payload)); } catch { return; }
    if (d.logAction === 'appendLog' && d.log?.type === 'bot') this.#log(d.log);
    else if (d.logAction === 'appendLog' && d.log?.level) this.warnings.push(`${d.log.level}: ${d.log.displayText}`);
    else if (d.action === 'createMessage' || d.action === 'updateMessage') this.#message(d);
    else if (d.action === 'typing') this.transcript.push({ seq: ++this.seq, at: Date.now(), who: 'bot', kind: 'typing', conversationId: d.actionConversationId });
  }

  #message({ action, actionConversationId, message: m }) {
    const card = (m.attachments ?? []).find((a) => a.contentType === CARD_TYPE)?.content;
    const fresh = { text: m.text ?? '', card, cardText: card ? cardText(card) : '', attachments: m.attachments ?? [], suggestedActions: m.suggestedActions };
    const conversationId = m.postConversationId ?? actionConversationId;
    let msg = this.messages.find((x) => x.id === m.messageId);
    if (msg) Object.assign(msg, fresh, { updates: msg.updates + 1 });
    else {
      msg = { id: m.messageId, conversationId, root: Boolean(m.postConversationId), updates: 0, ...fresh };
      this.messages.push(msg);
      if (msg.root) this.posts.set(conversationId, Number(m.messageId));
    }
    msg.seq = ++this.seq;
    this.transcript.push({ seq: msg.seq, at: m.timestamp, who: 'bot', kind: action === 'updateMessage' ? 'update' : card ? 'card' : 'message', id: msg.id, conversationId, text: fresh.text, cardText: fresh.cardText || undefined });
  }

  #log(l) {
    const toBot = l.to === 'User Application';
    const entry = { seq: ++this.seq, at: l.timestamp, toBot, name: l.activityName, activity: l.request?.body ?? {}, status: l.response?.statusCode, response: l.response?.body };
    this.traffic.push(entry);
    if (!toBot) return;
    const a = entry.activity;
    const kind = a.type === 'message' ? (a.value && !a.text ? 'submit' : 'message') : a.type;
    this.transcript.push({ seq: entry.seq, at: l.timestamp, who: 'user', kind, conversationId: a.conversation?.id, text: a.text, value: a.value, status: entry.status, response: kind === 'invoke' ? entry.response : undefined });
    // A card returned by an invoke replaces the original on this screen only; keep our copy in step.
    // Another user's mocked press is not drawn, so it does not count.
    if (a.name === 'adaptiveCard/action' && entry.response?.type === CARD_TYPE && a.from?.id === this.config.currentUser.id) {
      const msg = this.messages.find((x) => x.id === a.replyToId);
      if (msg) { const card = entry.response.value; Object.assign(msg, { card, cardText: cardText(card), seq: ++this.seq, replacedByInvoke: true }); }
    }
  }

  // A user's own channel post: its reply tells the thread's id.
  async #posted(r) {
    const m = /\/_conversation\/v1\/conversations\/([^/]+)\/messages$/.exec(new URL(r.url()).pathname);
    if (!m || r.request().method() !== 'POST') return;
    const to = decodeURIComponent(m[1]);
    const body = await r.json().catch(() => null);
    if (!body?.messageId) return;
    if (this.#channelIds().includes(to)) this.posts.set(`${to};messageid=${body.messageId}`, Number(body.messageId));
    this.lastPosted = { to, id: body.messageId };
  }

  #channelIds() { return [this.config.team.id, ...this.config.team.channels.map((c) => c.id)]; }

  /** 'personal' | 'group' | 'channel' (General unless `channel` names the other one). */
  async openChat(context, { channel = 'General' } = {}) {
    const c = this.config;
    const name = { personal: 'Personal Chat', group: c.groupChat.name, channel: `${c.team.name} - ${channel}` }[context];
    if (!name) throw new Error(`unknown context ${context}`);
    await this.page.getByRole('treeitem', { name, exact: true }).click();
    const id = context === 'personal' ? c.personalChat.id : context === 'group' ? c.groupChat.id
      : channel === 'General' ? c.team.id : c.team.channels.find((x) => x.name === channel)?.id;
    this.current = { context, id, channel };
    if (context === 'channel') await this.page.getByRole('button', { name: 'Post', exact: true }).waitFor();
    else await this.page.getByRole('button', { name: 'Send Message' }).waitFor();
    return this.current;
  }

  /** Threads of the open channel, newest first: the order of their reply boxes on the page. */
  #threads() { return [...this.posts].filter(([id]) => id.startsWith(`${this.current.id};`)).sort((a, b) => b[1] - a[1]).map(([id]) => id); }

  async #compose(editor, text, mentionBot) {
    const { page } = this;
    await editor.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    const mention = async (who) => {
      await page.keyboard.type('@');
      await page.locator('[role=menuitem]').filter({ hasText: who }).first().click();
    };
    if (mentionBot) { await mention(this.config.bot.name); await page.keyboard.insertText(' '); }
    for (const part of text.split(/(@\[[^\]]+\])/)) {
      const who = /^@\[([^\]]+)\]$/.exec(part);
      if (who) await mention(who[1]);
      else if (part) await page.keyboard.insertText(part);
    }
  }

  /**
   * Types and sends a message. `@[Display Name]` in the text becomes a mention. In a group or channel the bot is
   * mentioned first unless `mention: false`. In a channel `thread` is 'new' (default), 'latest' or a thread id.
   * Resolves to what the bot was sent, or null when the client rightly sent it nothing (no mention).
   */
  async send(text, { mention = this.current.context !== 'personal', thread = 'new', timeout = 10_000 } = {}) {
    this.mark = this.seq;
    const { page } = this;
    const editors = page.locator('[data-lexical-editor]');
    const from = this.traffic.length;
    if (this.current.context !== 'channel') {
      await this.#compose(editors.first(), text, mention);
      await page.getByRole('button', { name: 'Send Message' }).click();
    } else if (thread === 'new') {
      await this.#compose(editors.first(), text, mention);
      await page.getByRole('button', { name: 'Post', exact: true }).click();
    } else {
      const order = this.#threads();
      const i = thread === 'latest' ? 0 : order.indexOf(thread);
      if (i < 0 || i >= order.length) throw new Error(`no thread ${thread} in ${order.join(', ')}`);
      await this.#compose(editors.nth(i + 1), text, mention);
      await page.getByRole('button', { name: 'Send Message' }).nth(i).click();
    }
    const find = () => this.traffic.slice(from).find((t) => t.toBot && t.activity.type === 'message');
    const expected = mention || this.current.context === 'personal' || text.includes(`@[${this.config.bot.name}]`);
    if (!expected) { await sleep(600); return find() ?? null; }
    return until(find, { timeout, what: () => `"${text}" to reach the bot; the client's last complaint: ${this.warnings.at(-1) ?? 'none'}` });
  }

  /** Bot messages of the open conversation (all its threads, for a channel), oldest first. */
  botMessages({ all = false } = {}) {
    return this.messages.filter((m) => all || m.conversationId === this.current.id || m.conversationId.startsWith(`${this.current.id};`));
  }

  /**
   * The first bot message created or updated since the last send/click (or since `since: 'start'`) for which
   * `predicate(message)` holds; message = { id, conversationId, text, card, cardText, updates, attachments }.
   * Any open conversation counts unless `here: true`.
   */
  async waitForBotMessage(predicate = () => true, { timeout = 10_000, since = 'lastAction', here = false } = {}) {
    const mark = since === 'start' ? 0 : since === 'lastAction' ? this.mark : since;
    const test = typeof predicate === 'function' ? predicate
      : (m) => (predicate instanceof RegExp ? predicate : new RegExp(esc(predicate))).test(`${m.text}\n${m.cardText}`);
    const msg = await until(() => this.botMessages({ all: !here }).find((m) => m.seq > mark && test(m)), {
      timeout, what: () => `a bot message; the latest were ${JSON.stringify(this.messages.slice(-3).map((m) => m.text || m.cardText))}` });
    if (msg.conversationId === this.current.id || msg.conversationId.startsWith(`${this.current.id};`)) await this.#shown(msg);
    return msg;
  }

  // The model says the message arrived; make sure the page shows it too.
  async #shown(msg) {
    const line = (msg.card ? msg.cardText : msg.text.replace(/<[^>]+>/g, '')).split('\n').map((l) => l.replace(/[*_`~#[\]()|>-]+/g, ' ').trim()).find((l) => /\w{2}/.test(l));
    if (!line) return;
    const words = line.split(/\s+/).slice(0, 4).map(esc).join('[\\s\\S]{0,6}?');
    await until(async () => new RegExp(words).test(await this.visibleText()), { timeout: 5_000, what: () => `the page to show "${line}"` });
  }

  /** The text of the open chat as it stands on the page, without the header and the list of chats. */
  async visibleText() {
    return this.page.locator('[data-lexical-editor]').first().evaluate((e) => {
      const list = '[aria-label="Chat and Teams Channel"]';
      while (e.parentElement && !e.parentElement.querySelector(list)) e = e.parentElement;
      return e.innerText;
    });
  }

  #resolve(which) {
    const cards = this.botMessages().filter((m) => m.card);
    if (which && typeof which === 'object') return which;
    if (which === undefined || which === 'latest') return cards.at(-1) ?? fail('there is no card in this chat');
    return cards.at(which) ?? fail(`there is no card ${which} in this chat (${cards.length} shown)`);
  }

  // Where a message's card is on the page. The page lists a channel's threads newest first, else oldest first.
  #cardLocator(msg) {
    let shown = this.botMessages().filter((m) => m.card);
    if (this.current.context === 'channel') {
      const order = this.#threads();
      const rank = (m) => order.indexOf(m.conversationId);
      shown = [...shown].sort((a, b) => rank(a) - rank(b) || Number(a.id) - Number(b.id));
    } else shown = [...shown].sort((a, b) => Number(a.id) - Number(b.id));
    const i = shown.indexOf(msg);
    if (i < 0) throw new Error('that card is not in the open chat');
    // A ShowCard body is an adaptive card inside another one.
    return this.page.locator('.ac-adaptiveCard:not(.ac-adaptiveCard .ac-adaptiveCard)').nth(i);
  }

  // The first click in a chat with news makes the client draw its cards anew, dropping what that click began. So
  // spend that click on the compose box, then wait until two looks at the card agree.
  async #settled(card) {
    const news = this.messages.at(-1)?.seq ?? 0;
    if (news > (this.touched ?? 0)) { this.touched = news; await this.page.locator('[data-lexical-editor]').first().click(); }
    const look = () => card.evaluate((e) => [...e.querySelectorAll('[id^="__ac-"]')].map((x) => x.id).join()).catch(() => null);
    let last = await look();
    await until(async () => { await sleep(120); const now = await look(); const same = now !== null && now === last; last = now; return same; }, { every: 0, timeout: 5_000, what: 'the card to stop changing' });
    return card;
  }

  #input(msg, key) {
    const found = [...everything(msg.card)].filter((e) => e.type.startsWith('Input.'));
    return found.find((e) => e.id === key) ?? found.find((e) => [e.label, e.title, e.placeholder].includes(key))
      ?? fail(`the card has no input ${key}; it has ${found.map((e) => e.id).join(', ')}`);
  }

  /** Fills an input found by id, label, title or placeholder. Choices may be given by value or by title. */
  async fillCardInput(which, key, value) {
    const msg = this.#resolve(which);
    const spec = this.#input(msg, key);
    const card = await this.#settled(this.#cardLocator(msg));
    const { page } = this;
    const caption = spec.type === 'Input.Toggle' ? spec.title : spec.label;
    let box;
    if (caption) {
      const label = card.locator('label').filter({ hasText: exactly(caption) }).first();
      box = card.locator(`[id="${await label.getAttribute('for')}"]`);
    } else {
      const inputs = [...elements(msg.card)].filter((e) => e.type.startsWith('Input.') && e.isVisible !== false);
      box = card.locator('.ac-input-container').nth(inputs.indexOf(spec)).locator('input,textarea,[role=radiogroup]').first();
    }
    const titleOf = (v) => spec.choices?.find((c) => c.value === v)?.title ?? spec.choices?.find((c) => c.title === v)?.title ?? fail(`${spec.id} has no choice ${v}`);
    const options = page.locator('[role=option]:visible,[role=menuitemcheckbox]:visible');
    switch (spec.type) {
      case 'Input.Text': await box.fill(String(value)); break;
      case 'Input.Number': await box.fill(String(value)); await box.press('Tab'); break;
      case 'Input.Toggle': await box.setChecked(typeof value === 'boolean' ? value : value === (spec.valueOn ?? 'true')); break;
      case 'Input.Date': {
        const [y, m, d] = String(value).split('-');
        await box.fill(`${m}/${d}/${y}`);
        await box.press('Enter');
        await page.keyboard.press('Escape'); // the calendar would hide the rest of the page from lookups by role
        break;
      }
      case 'Input.Time': await box.fill(String(value)); await box.press('Enter'); break; // 24-hour text is understood
      case 'Input.ChoiceSet': {
        const titles = (Array.isArray(value) ? value : spec.isMultiSelect ? String(value).split(',') : [value]).map(titleOf);
        if (spec.style === 'expanded') {
          const group = card.locator('.ac-input-container').filter({ has: page.locator(`[id="${await box.getAttribute('id')}"]`) });
          for (const t of titles) await group.getByText(t, { exact: true }).click();
        } else {
          await box.click();
          for (const t of titles) {
            if (spec.style === 'filtered') await box.fill(t);
            await options.filter({ hasText: exactly(t) }).first().click();
          }
        }
        break;
      }
      default: throw new Error(`${spec.type} is not supported`);
    }
    for (let i = 0; i < 20 && await options.count(); i += 1) { // a list left open would cover the rest of the card
      if (i % 5 === 4) await page.keyboard.press('Escape');
      await sleep(60);
    }
    return spec;
  }

  /**
   * Presses an action. Any answered Submit or Execute sets the card's inputs back to their initial values. For Submit and Execute resolves to { sent: true, activity, status, response } once the bot
   * has answered, or { sent: false, errors } when the client's own validation stopped it. Others: { sent: false }.
   */
  async clickCardAction(title, which, { timeout = 20_000 } = {}) {
    const msg = this.#resolve(which);
    const spec = [...everything(msg.card)].find((e) => e.type.startsWith('Action.') && e.title === title) ?? fail(`the card has no action ${title}`);
    const card = await this.#settled(this.#cardLocator(msg));
    const from = this.traffic.length;
    this.mark = this.seq;
    const button = card.getByRole('button', { name: title, exact: true });
    if (await button.count()) await button.first().click();
    else { // more than six actions, or mode "secondary"
      await card.getByRole('button', { name: 'More options' }).last().click();
      await this.page.locator('[role=menuitem]').filter({ hasText: exactly(title) }).click();
    }
    if (!['Action.Submit', 'Action.Execute'].includes(spec.type)) return { sent: false };
    const got = () => this.traffic.slice(from).find((t) => t.toBot && t.activity.replyToId === msg.id);
    const errors = async () => {
      const wanted = [...everything(msg.card)].filter((e) => e.type.startsWith('Input.') && e.errorMessage).map((e) => e.errorMessage);
      const text = await card.innerText();
      return wanted.filter((w) => text.includes(w));
    };
    const end = Date.now() + timeout;
    for (;;) {
      const t = got();
      if (t) { await sleep(250); return { sent: true, activity: t.activity, status: t.status, response: t.response }; } // time to redraw
      const e = await errors().catch(() => []);
      if (e.length && !got()) { await sleep(200); if (!got()) return { sent: false, errors: e }; }
      if (Date.now() > end) throw new Error(`pressing ${title} sent nothing within ${timeout} ms`);
      await sleep(80);
    }
  }

  /** What the card shows now, and the bar under it ("Your response was sent to the app", a bot's message or error). */
  async readCard(which) {
    const card = await this.#settled(this.#cardLocator(this.#resolve(which)));
    const bar = card.locator('xpath=ancestor::*[contains(@class,"ac-preview-panel")][1]/..')
      .locator('xpath=.//button[@aria-label="Dismiss Invoke Message"]/..');
    return { text: await card.innerText(), notice: (await bar.count()) ? (await bar.first().innerText()).trim() : null };
  }

  /**
   * Sends any activity through the "Custom activity" dialog, merged over the dialog's own template (ids, recipient,
   * conversation, serviceUrl). This is how somebody other than the signed-in user acts in a shared conversation.
   * The playground does not draw the answer; it is returned here.
   */
  async mockActivity(activity) {
    const { page } = this;
    this.mark = this.seq;
    await page.getByRole('button', { name: 'Mock an Activity' }).click();
    await page.locator('[role=menuitem]').filter({ hasText: /^Custom activity$/ }).click();
    const dialog = page.getByRole('dialog');
    const box = dialog.locator('textarea');
    await box.waitFor();
    // The editor is filled asynchronously and draws only the lines in view.
    await until(async () => /"id"/.test(await dialog.locator('.view-lines').innerText()), { what: 'the activity template' });
    const body = { ...this.template(), ...activity };
    await box.focus();
    await page.keyboard.press('Control+A');
    // Typing would trigger the editor's bracket completion; pasting does not.
    await box.evaluate((el, text) => { const d = new DataTransfer(); d.setData('text/plain', text); el.dispatchEvent(new ClipboardEvent('paste', { clipboardData: d, bubbles: true, cancelable: true })); }, JSON.stringify(body, null, 1));
    const from = this.traffic.length;
    await dialog.getByRole('button', { name: 'Send activity' }).click();
    const t = await until(() => this.traffic.slice(from).find((x) => x.toBot && x.activity.id === body.id), { what: 'the custom activity to reach the bot' })
      .finally(async () => { if (await dialog.count()) await page.keyboard.press('Escape'); });
    return { activity: t.activity, status: t.status, response: t.response };
  }

  /** The frame of an activity in the open conversation. */
  template(user = this.config.currentUser) {
    const { context, id } = this.current;
    return {
      id: `custom-${Date.now()}-${++this.seq}`, timestamp: new Date().toISOString(), channelId: this.channelId, serviceUrl: `${this.base}/_connector`,
      recipient: { id: this.config.bot.id, name: this.config.bot.name },
      from: { id: user.id, name: user.name, aadObjectId: user.aadObjectId },
      conversation: { id, conversationType: { personal: 'personal', group: 'groupChat', channel: 'channel' }[context], tenantId: this.config.tenantId, ...(context === 'personal' ? {} : { isGroup: true }) },
      channelData: { tenant: { id: this.config.tenantId } },
    };
  }

  /** Another user presses an Action.Execute of a card in the open conversation. */
  async executeAs(user, which, title, inputs = {}) {
    const msg = this.#resolve(which);
    const spec = [...everything(msg.card)].find((e) => e.type === 'Action.Execute' && e.title === title) ?? fail(`the card has no Action.Execute ${title}`);
    const base = this.template(user);
    return this.mockActivity({ ...base, type: 'invoke', name: 'adaptiveCard/action', replyToId: msg.id, conversation: { ...base.conversation, id: msg.conversationId },
      value: { action: { type: 'Action.Execute', title, verb: spec.verb, data: { ...(spec.data ?? {}), ...inputs } }, trigger: 'manual' } });
  }

  /** Picks an entry of "Mock an Activity", such as "Install application", and sends it as it stands. */
  async trigger(name) {
    const { page } = this;
    this.mark = this.seq;
    const from = this.traffic.length;
    await page.getByRole('button', { name: 'Mock an Activity' }).click();
    await page.locator('[role=menuitem]').filter({ hasText: new RegExp(`^${esc(name)}$`) }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send activity' }).click();
    return until(() => this.traffic.slice(from).find((t) => t.toBot), { what: `${name} to reach the bot` });
  }

  /** Everything said and done, oldest first. */
  getTranscript() { return [...this.transcript].sort((a, b) => a.at - b.at || a.seq - b.seq); }

  async screenshot(file, { full = false } = {}) {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    if (!full) { await this.page.screenshot({ path: file }); return file; }
    const size = this.page.viewportSize();
    await this.page.setViewportSize({ width: size.width, height: 3000 });
    await sleep(300);
    await this.page.screenshot({ path: file });
    await this.page.setViewportSize(size);
    return file;
  }

  async stop() {
    await this.context?.close().catch(() => {});
    if (this.ownBrowser) await this.browser?.close().catch(() => {});
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((r) => { child.once('exit', r); });
      child.kill('SIGTERM');
      await Promise.race([gone, sleep(2_000)]);
      if (child.exitCode === null && child.signalCode === null) { child.kill('SIGKILL'); await gone; }
    }
    await rm(this.dir, { recursive: true, force: true });
  }
}

function fail(why) { throw new Error(why); }
