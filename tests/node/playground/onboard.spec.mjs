// The whole way of a request as two people see it: Rita asks, Aaron approves, each in a Teams client of their own.
// The client is Microsoft's Agents Playground, the bot is the real one on its simulated phone system.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBot } from './bot.mjs';
import { everything } from './card.mjs';
import { start } from './driver.mjs';
import { PEOPLE, teamsConfig } from './people.mjs';

const [RITA, AARON] = PEOPLE;
const shots = process.env.ARTEFACTS ?? fileURLToPath(new URL('../../artefacts/playground', import.meta.url));
const SLOW = 120_000; // a whole onboarding, with the waiting for Microsoft that the demo simulates

let bot; let rita; let aaron;

before(async () => {
  bot = await startBot();
  rita = await start(bot.url, { config: teamsConfig({ me: RITA }) });
  aaron = await start(bot.url, { config: teamsConfig({ me: AARON }), browser: rita.browser });
});
after(async () => { await aaron?.stop(); await rita?.stop(); await bot?.stop(); });

/** One stage of a story. A failure names the stage and shows what both people and the bot's log saw. */
async function stage(name, work) {
  try { return await work(); } catch (e) {
    const file = name.replace(/[^a-z0-9]+/gi, '-');
    const seen = [];
    for (const [who, session] of [['rita', rita], ['aaron', aaron]]) {
      await session.screenshot(`${shots}/failed-${file}-${who}.png`).catch(() => {});
      const lines = session.getTranscript().slice(-12).map((l) => JSON.stringify({ ...l, at: undefined, seq: undefined }).slice(0, 600));
      seen.push(`--- ${who} saw\n${lines.join('\n')}\ncomplaints of the client: ${session.warnings.slice(-3).join(' | ') || 'none'}`);
    }
    throw new Error(`at "${name}": ${e.message}\n${seen.join('\n')}\n--- the bot said\n${bot.said()}`, { cause: e });
  }
}

const said = (message) => `${message.text}\n${message.cardText}`;
const has = (message, title) => [...everything(message.card)].some((e) => e.type?.startsWith('Action.') && e.title === title);
const input = (message, id) => [...everything(message.card)].find((e) => e.id === id && e.type.startsWith('Input.'))
  ?? assert.fail(`the card has no input ${id}: ${message.cardText}`);
const firstChoice = (message, id) => input(message, id).choices.find((c) => c.value !== '').value;
const requestOf = (message) => /ONB-\d+/.exec(said(message))?.[0];

/** Fills what starts empty, the emergency address above all. */
async function fill(session, card) {
  for (const id of ['location', 'route', 'emergency_address']) if (!input(card, id).value) await session.fillCardInput(card, id, firstChoice(card, id));
}

/** Everything that a message has shown, version by version. */
const versions = (session, message) => session.getTranscript().filter((l) => l.who === 'bot' && l.id === message.id).map((l) => l.cardText ?? l.text);

/** The one message that ends a request: new, not a card to be pressed, and it names the subject. */
const ends = (subject, since, conversation) => (m) => m.seq > since && m.updates === 0 && m.conversationId === conversation
  && !['Refresh', 'Approve', 'Request approval'].some((title) => has(m, title)) && new RegExp(subject, 'i').test(said(m));

test('in a channel: asked, refused to herself, approved by somebody else, carried out, told', async () => {
  let thread; let confirm; let approval; let progress; let since;
  await stage('Rita asks in a channel', async () => {
    await rita.openChat('channel', { channel: 'Onboarding' });
    const sent = await rita.send('/onboard alice@contoso.com ext 1000');
    thread = sent.activity.conversation.id;
    confirm = await rita.waitForBotMessage((m) => has(m, 'Request approval'), { timeout: 30_000 });
    assert.equal(confirm.conversationId, thread, 'the card belongs into her thread');
    assert.match(confirm.cardText, /alice/i);
    assert.ok(!input(confirm, 'emergency_address').value, 'nobody guesses an emergency address');
    await rita.screenshot(`${shots}/01-confirm.png`, { full: true });
  });
  await stage('without an emergency address nothing is sent', async () => {
    const { sent, errors } = await rita.clickCardAction('Request approval', confirm);
    assert.equal(sent, false);
    assert.ok(errors.includes(input(confirm, 'emergency_address').errorMessage), `shown instead: ${errors.join(', ')}`);
    await rita.screenshot(`${shots}/02-address-missing.png`, { full: true });
  });
  await stage('Rita fills it in and requests approval', async () => {
    await fill(rita, confirm);
    const { activity, status } = await rita.clickCardAction('Request approval', confirm);
    assert.equal(status, 200);
    assert.equal(activity.value.action.verb, 'submit');
    approval = await rita.waitForBotMessage((m) => has(m, 'Approve') && m.conversationId === thread, { timeout: 30_000 });
    assert.equal(requestOf(approval), 'ONB-1');
    for (const named of ['alice@contoso.com', '1000tm', '+11000']) assert.ok(approval.cardText.includes(named), `the approval card does not name ${named}:\n${approval.cardText}`);
    await rita.screenshot(`${shots}/03-approval.png`, { full: true });
  });
  await stage('Rita may not approve her own request', async () => {
    await rita.clickCardAction('Approve', approval);
    const { notice } = await rita.readCard(approval);
    assert.ok(notice && notice !== 'Your response was sent to the app', `she is told nothing: ${notice}`);
    assert.match(notice, /\w+ \w+ \w+/, 'a sentence, not a code');
    assert.ok(has(approval, 'Approve'), 'the request still waits');
    await rita.screenshot(`${shots}/04-refused.png`, { full: true });
  });
  await stage('Aaron approves in the shared thread', async () => {
    const { status, response } = await rita.executeAs(AARON, approval, 'Approve');
    assert.equal(status, 200);
    assert.notEqual(response.type, 'application/vnd.microsoft.error', JSON.stringify(response));
    since = rita.mark;
    progress = await rita.waitForBotMessage((m) => m.conversationId === thread && has(m, 'Refresh'), { timeout: 30_000 });
    await rita.screenshot(`${shots}/05-progress.png`, { full: true });
  });
  await stage('the end is told once, by a new message that names alice', async () => {
    const final = await rita.waitForBotMessage(ends('alice', since, thread), { timeout: SLOW, since });
    assert.match(said(final), /ONB-1|\+11000/);
    assert.equal(rita.messages.filter(ends('alice', since, thread)).length, 1, 'told more than once');
    await rita.waitForBotMessage((m) => m.id === progress.id && !has(m, 'Cancel'), { timeout: 30_000, since });
    assert.ok(new Set(versions(rita, progress)).size > 1, 'the progress card was never redrawn');
    assert.ok(!has(approval, 'Approve'), 'the approval card can still be pressed');
    await rita.screenshot(`${shots}/06-done.png`, { full: true });
  });
});

test('in personal chats: Rita asks in hers, Aaron approves in his', async () => {
  let request; let since; const here = rita.config.personalChat.id;
  await stage('Rita asks in her own chat', async () => {
    await rita.openChat('personal');
    await aaron.openChat('personal');
    await rita.send('onboard amir@contoso.com ext 1001');
    const confirm = await rita.waitForBotMessage((m) => has(m, 'Request approval'), { timeout: 30_000 });
    await fill(rita, confirm);
    await rita.clickCardAction('Request approval', confirm);
    const waiting = await rita.waitForBotMessage((m) => m.conversationId === here && requestOf(m), { timeout: 30_000 });
    request = requestOf(waiting);
    assert.equal(request, 'ONB-2');
    await rita.screenshot(`${shots}/07-asked-in-person.png`, { full: true });
  });
  await stage('Aaron approves in his own chat by typing', async () => {
    since = rita.seq;
    await aaron.send(`approve ${request}`);
    const answer = await aaron.waitForBotMessage((m) => said(m).includes(request), { timeout: 30_000 });
    assert.equal(answer.conversationId, aaron.config.personalChat.id);
    await aaron.screenshot(`${shots}/08-approved-in-person.png`, { full: true });
  });
  await stage('Rita is told in her own chat', async () => {
    const final = await rita.waitForBotMessage(ends('amir', since, here), { timeout: SLOW, since });
    assert.match(said(final), /ONB-2|\+11001/);
    await rita.screenshot(`${shots}/09-told-in-person.png`, { full: true });
  });
});

test('small questions: help, status, a slip of the finger', async () => {
  await stage('help', async () => {
    await rita.openChat('personal');
    await rita.send('help');
    const help = await rita.waitForBotMessage(/onboard[\s\S]*status/, { timeout: 30_000 });
    await rita.screenshot(`${shots}/10-help.png`, { full: true });
    assert.match(said(help), /approve/);
  });
  await stage('status', async () => {
    await rita.send('status ONB-1');
    const status = await rita.waitForBotMessage('ONB-1', { timeout: 30_000 });
    assert.match(said(status), /alice/i);
    await rita.screenshot(`${shots}/11-status.png`, { full: true });
  });
  await stage('an unknown command gets a suggestion', async () => {
    await rita.send('statsu ONB-1');
    const answer = await rita.waitForBotMessage(/\bstatus\b/, { timeout: 30_000 });
    assert.ok(!/alice/i.test(said(answer)), 'a guess is offered, not carried out');
    await rita.screenshot(`${shots}/12-suggestion.png`, { full: true });
  });
});
