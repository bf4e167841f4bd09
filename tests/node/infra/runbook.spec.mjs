// infra/runbook.md: its commands are run one after the other, as they stand there, beside a bot at work in a simulated outside.
// Only what belongs to the reader's machine is set here: BOT, CONFIG, STORE, and how logs, SQL and systemctl reach this bot.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import YAML from 'yaml';
import { infra, read, root, run } from './files.mjs';
import { BINARY, freePort, world } from './house.mjs';
import { askFor, asked, until } from './people.mjs';
import { parsed } from './terraform.mjs';

/** Headings, scenes and fenced blocks in order; a `text` block belongs to the block before it. */
const sections = [];
for (const [, heading, scene, fence, content] of read('runbook.md').matchAll(/^## (.+)$|^<!-- scene: (\w+) -->$|^```(.+)\n([\s\S]*?)^```$/gm)) {
  if (heading) sections.push({ heading, scene: undefined, blocks: [] });
  else if (scene) sections.at(-1).scene = scene;
  else if (fence === 'text') sections.at(-1).blocks.at(-1).expected = content.trimEnd().split('\n');
  else sections.at(-1).blocks.push({ fence, content });
}
const blocks = (fence) => sections.flatMap((section) => section.blocks).filter((block) => block.fence === fence);

const home = mkdtempSync(path.join(tmpdir(), 'runbook-'));
const log = path.join(home, 'log');
const pidFile = path.join(home, 'pid');
const environment = { ...process.env, HOME: home, CONFIG: path.join(home, 'onboard-bot.toml'), STORE: path.join(home, 'onboard-bot.db'), LOG: log };
let outside, thread;

/** The reader's systemctl, for the one unit of this house. */
const SYSTEMCTL = `#!/bin/bash
set -eu
[ "$2" = onboard-bot ]
case $1 in
  start)
    setsid onboard-bot --log json serve --config "$CONFIG" >>"$LOG" 2>&1 </dev/null &
    echo $! >"${pidFile}" ;;
  stop)
    kill -TERM "$(cat "${pidFile}")"
    timeout 25 tail --pid="$(cat "${pidFile}")" -f /dev/null ;;
  *) exit 1 ;;
esac
`;

/** What the reader has set before they begin. */
const PREFACE = 'set -uo pipefail\nexec 2>&1\nlogs() { cat "$LOG"; }\nsql() { sqlite3 -readonly -csv -header "$STORE" "$1"; }\n';

const shell = (script) => run('timeout', ['60', 'bash', '-c', PREFACE + script], { env: environment, cwd: home });
const metrics = async () => (await fetch(`${environment.BOT}/metrics`)).text();
const shows = (line) => until(async () => (await metrics()).includes(`\n${line}\n`), { timeout: 40_000, what: line });

before(async () => {
  const programs = path.join(home, 'bin');
  mkdirSync(programs);
  writeFileSync(path.join(programs, 'systemctl'), SYSTEMCTL);
  writeFileSync(path.join(programs, 'onboard-bot'), `#!/bin/sh\nexec '${BINARY}' "$@"\n`);
  for (const name of ['systemctl', 'onboard-bot']) chmodSync(path.join(programs, name), 0o755);
  environment.PATH = `${programs}:${process.env.PATH}`;

  outside = await world();
  const listen = `127.0.0.1:${await freePort()}`;
  environment.BOT = `http://${listen}`;
  writeFileSync(environment.CONFIG, await outside.config({ listen, store_url: `sqlite:${environment.STORE}` }));
  await outside.control('PUT', 'bot', environment.BOT);
  await outside.control('PUT', 'knobs', { sync_delay_ms: 0, enable_delay_ms: 0, register_delay_ms: 0 });
  assert.equal(shell('systemctl start onboard-bot').status, 0);
  await until(() => fetch(`${environment.BOT}/readyz`).then((answer) => answer.ok, () => false), { timeout: 30_000, every: 50, what: 'the bot' });

  // ONB-1 is done, ONB-2 has stopped at the PBX, ONB-3 waits for approval.
  const { pbx } = await outside.control('GET', 'seed');
  const extension = (upn) => Object.entries(pbx.users).find(([, user]) => user.email === upn)[0];
  await askFor(outside);
  await shows('onboard_bot_requests{state="done"} 1');
  await outside.control('POST', 'faults', { system: 'netsapiens', method: 'POST', path: '/devices$', mishap: { answer: { status: 403, body: '{"code":403,"message":"no"}' } } });
  await askFor(outside, `/onboard good001@contoso.com ext ${extension('good001@contoso.com')}`);
  await shows('onboard_bot_requests{state="failed"} 1');
  await outside.control('DELETE', 'faults');
  thread = (await asked(outside, `/onboard good002@contoso.com ext ${extension('good002@contoso.com')}`)).place;
  await shows('onboard_bot_outbox_depth 0');
});

after(async () => {
  if (existsSync(pidFile)) shell('systemctl stop onboard-bot');
  await outside?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** What has to be so before a section is read, and what ends it. */
const SCENES = {
  async unsent() {
    await outside.control('POST', 'faults', { system: 'connector', mishap: { answer: { status: 500 } } });
    await outside.control('POST', 'people/alan/say', { place: thread, text: 'status ONB-1' });
    await until(async () => !(await metrics()).includes('\nonboard_bot_outbox_depth 0\n'), { what: 'a message that waits' });
    await until(() => shell('logs').said.includes('a message was not delivered'), { what: 'an attempt' });
    return () => outside.control('DELETE', 'faults'); // the message goes out at its next try, half a minute later
  },
  async waiting() {
    await shows('onboard_bot_requests{state="awaiting-approval"} 1');
    return () => {};
  },
};

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Each expected line stands in some line of the output, in this order. */
function assertSaid(said, expected, block) {
  let rest = said;
  for (const line of expected) {
    const found = new RegExp(line.split('…').map(escaped).join('.*')).exec(rest);
    assert.ok(found, `expected ${JSON.stringify(line)}\nafter: ${block}\nit said:\n${said}`);
    rest = rest.slice(found.index + found[0].length);
  }
}

for (const { heading, scene, blocks: all } of sections) {
  const commands = all.filter((block) => block.fence === 'sh run');
  if (commands.length === 0) continue;
  test(`run: ${heading}`, async () => {
    const end = scene ? await SCENES[scene]() : () => {};
    try {
      for (const { content, expected = [] } of commands) {
        const { status, said } = shell(content);
        assert.equal(status, 0, `${content}\nsaid:\n${said}`);
        assert.doesNotMatch(said, /command not found|No such file|syntax error|Parse error|^Error:/m, content);
        assertSaid(said, expected, content);
      }
    } finally { await end(); }
  });
}

test('a wrong expectation would be noticed', () => {
  assert.throws(() => assertSaid('alive\nready\n', ['ready', 'alive'], ''), /expected "alive"/);
  assert.throws(() => assertSaid('ok     Store: x\n', ['ok     Teams: …'], ''), /expected/);
});

test('every block is of a known kind and is a script', () => {
  for (const { fence, content } of sections.flatMap((section) => section.blocks)) {
    assert.ok(['sh run', 'sh cluster', 'sh machine'].includes(fence), `${fence}: ${content}`);
    const { status, said } = run('bash', ['-n'], { input: content });
    assert.equal(status, 0, said);
  }
  assert.ok(blocks('sh run').length >= 15);
});

test('what needs a cluster or a subscription names what the files here make', async () => {
  const named = (kind) => YAML.parse(read('kubernetes', `${kind}.yaml`)).metadata.name;
  const { output } = await parsed(path.join(infra, 'azure'), 'outputs.tf');
  const secrets = read('azure', 'vault.tf');
  const [, name] = /^name\s+= "(.+)"$/m.exec(read('azure', 'terraform.tfvars.example'));
  const lines = blocks('sh cluster').flatMap(({ content }) => content.trimEnd().split('\n'));
  for (const line of lines) {
    assert.match(line, /^(kubectl|az|pg_dump|pg_isready|export BOT|logs\(\)|sql\(\)) ?/, line);
    for (const [, kind, target] of line.matchAll(/\b(deployment|service)\/(\S+)/g)) assert.equal(target, named(kind), line);
    for (const [, folder] of line.matchAll(/ -k (\S+)/g)) assert.ok(existsSync(path.join(root, folder, 'kustomization.yaml')), line);
    for (const [, folder, value] of line.matchAll(/terraform -chdir=(\S+) output -raw (\w+)/g)) assert.ok(existsSync(path.join(root, folder)) && value in output, line);
    for (const [, secret] of line.matchAll(/keyvault secret set .*--name (\S+)/g)) assert.ok(secrets.includes(`"${secret}"`), line);
    for (const [, group] of line.matchAll(/--resource-group (\S+)/g)) assert.equal(group, name, line);
    if (/^kubectl /.test(line)) assert.match(line, /--namespace onboard-bot\b/, line);
  }
  assert.match(read('azure', 'database.tf'), /"\$\{var\.name\}-store"/);
  assert.match(read('azure', 'vault.tf'), /"\$\{var\.name\}-kv"/);
});

test('every secret has its row in the table of rotation, and every link its heading', () => {
  const text = read('runbook.md');
  for (const [, name] of read('kubernetes', 'secret.example.env').matchAll(/^([a-z-]+)=/gm)) assert.ok(text.includes(`\`${name}\``), name);
  const anchors = new Set(sections.map(({ heading }) => heading.toLowerCase().replace(/[^\w -]/g, '').replaceAll(' ', '-')));
  for (const [, anchor] of text.matchAll(/\]\(#([^)]+)\)/g)) assert.ok(anchors.has(anchor), anchor);
});
