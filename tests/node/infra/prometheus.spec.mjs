// infra/prometheus: the rules are judged by promtool, their stories come true, and they name only what the bot really shows.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import YAML from 'yaml';
import { infra, read, run, spoiled, tool } from './files.mjs';
import { BINARY, freePort, ready, start, world } from './house.mjs';
import { askFor, until } from './people.mjs';

const folder = path.join(infra, 'prometheus');
const promtool = (...args) => run(tool('promtool'), args, { cwd: folder });
const rules = YAML.parse(read('prometheus', 'alerts.yaml')).groups.flatMap((group) => group.rules);

test('promtool accepts rules and configuration', () => {
  for (const args of [['check', 'rules', '--lint=all', '--lint-fatal', 'alerts.yaml'], ['check', 'config', 'prometheus.example.yaml']]) {
    const { status, said } = promtool(...args);
    assert.equal(status, 0, said);
  }
});

test('the stories of the rules come true', () => {
  const { status, said } = promtool('test', 'rules', 'alerts.test.yaml');
  assert.equal(status, 0, said);
});

for (const [what, change, args] of [
  ['a broken expression', ['alerts.yaml', 'max(onboard_bot_outbox_depth) > 100', 'max(onboard_bot_outbox_depth >'], ['check', 'rules', 'alerts.yaml']],
  ['an unknown field', ['alerts.yaml', 'annotations:', 'annotation:'], ['check', 'rules', 'alerts.yaml']],
  ['another threshold', ['alerts.yaml', '> 100', '> 200'], ['test', 'rules', 'alerts.test.yaml']],
  ['a sum where replicas repeat each other', ['alerts.yaml', 'max(onboard_bot_outbox_depth) > 0', 'sum(onboard_bot_outbox_depth) > 0'], ['test', 'rules', 'alerts.test.yaml']],
  ['another label', ['alerts.yaml', 'state="running"', 'state="walking"'], ['test', 'rules', 'alerts.test.yaml']],
]) {
  test(`promtool would notice ${what}`, async () => {
    const { status } = await spoiled('prometheus', change, (copy) => run(tool('promtool'), args, { cwd: copy }));
    assert.notEqual(status, 0);
  });
}

test('every alert is told in a story, says how urgent it is, and leads to a heading of the runbook', () => {
  const stories = read('prometheus', 'alerts.test.yaml');
  const headings = new Set([...read('runbook.md').matchAll(/^#+ (.+)$/gm)].map(([, text]) => text.toLowerCase().replace(/[^\w -]/g, '').replaceAll(' ', '-')));
  for (const { alert, labels, annotations } of rules) {
    assert.match(stories, new RegExp(`alertname: ${alert}\\n`), `${alert} is raised in no story`);
    assert.ok(['page', 'ticket'].includes(labels.severity), alert);
    const [file, anchor] = annotations.runbook.split('#');
    assert.equal(file, 'runbook.md');
    assert.ok(headings.has(anchor), `the runbook has no heading for ${anchor}`);
  }
});

// From here on with a bot at work: one line is proven, one webhook refused, one fault met, so that every family has a sample.

const store = mkdtempSync(path.join(tmpdir(), 'store-'));
let outside, bot, shown;

before(async () => {
  outside = await world();
  const listen = `127.0.0.1:${await freePort()}`;
  const config = path.join(store, 'onboard-bot.toml');
  writeFileSync(config, await outside.config({ listen, store_url: `sqlite:${store}/bot.db` }));
  bot = start(BINARY, ['serve', '--config', config]);
  const url = `http://${listen}`;
  await ready(`${url}/readyz`, bot);
  await outside.control('PUT', 'bot', url);
  await outside.control('PUT', 'knobs', { sync_delay_ms: 0, enable_delay_ms: 0, register_delay_ms: 0 });
  await outside.control('POST', 'faults', { system: 'netsapiens', times: 3, mishap: { answer: { status: 500 } } });
  assert.equal((await fetch(`${url}/api/messages`, { method: 'POST', body: '{}' })).status, 401);
  await askFor(outside);
  await until(async () => {
    shown = await (await fetch(`${url}/metrics`)).text();
    return shown.includes('onboard_bot_requests{state="done"} 1\n') && shown.includes('\nonboard_bot_outbox_depth 0\n');
  }, { timeout: 60_000, what: () => `the end of a request in ${shown}` });
});
after(async () => {
  await bot?.stop();
  await outside?.stop();
  rmSync(store, { recursive: true, force: true });
});

/** Names with the labels and values that were shown. */
function samples() {
  const found = new Map();
  for (const [, name, labels] of shown.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name) ?? found.set(name, new Map()).get(name);
    for (const [, label, value] of (labels ?? '').matchAll(/(\w+)="([^"]*)"/g)) known.set(label, (known.get(label) ?? new Set()).add(value));
  }
  return found;
}

test('promtool can read what the bot shows', () => {
  const text = shown.replace(/^# EOF\n/m, '').replace(/^(# (?:HELP|TYPE) onboard_bot_(?:outside_faults|messages_sent)) /gm, '$1_total ');
  const { status, said } = run(tool('promtool'), ['check', 'metrics'], { input: text });
  assert.notEqual(status, 1, said); // 3: style, such as a full stop that is missing
});

test('the rules name only metrics, labels and values that the bot shows', () => {
  const found = samples();
  for (const { alert, expr } of rules) {
    const named = [...expr.matchAll(/\b(onboard_bot_\w+)(?:\{([^}]*)\})?/g)];
    assert.ok(named.length > 0 || /\bup\{job="onboard-bot"\}/.test(expr), alert);
    for (const [, name, matchers] of named) {
      assert.ok(found.has(name), `${alert}: there is no ${name} in\n${shown}`);
      for (const [, label, operator, value] of (matchers ?? '').matchAll(/(\w+)(=~|=)"([^"]*)"/g)) {
        const values = found.get(name).get(label);
        assert.ok(values, `${alert}: ${name} has no label ${label}`);
        if (operator === '=') assert.ok(values.has(value), `${alert}: ${name} has never ${label}="${value}", but ${[...values]}`);
      }
    }
    for (const [, labels] of expr.matchAll(/\bby \(([^)]*)\)/g)) {
      for (const label of labels.split(',').map((one) => one.trim()).filter((one) => one !== 'job')) {
        assert.ok(named.every(([, name]) => found.get(name).has(label)), `${alert}: nothing has a label ${label}`);
      }
    }
  }
});

test('every family that the bot shows is watched by a rule', () => {
  const families = new Set([...shown.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const expressions = rules.map((rule) => rule.expr).join('\n');
  assert.deepEqual([...families].filter((name) => !expressions.includes(name)), []);
});
