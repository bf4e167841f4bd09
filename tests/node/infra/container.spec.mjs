// infra/Containerfile: there is no engine here to build it, so its promises are held one by one, and its root is made by hand and run.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import dockerfile from 'dockerfile-ast';
import { infra, read, root, run, spoiled, tool } from './files.mjs';
import { freePort, image, inside, libraries, ready, start, world } from './house.mjs';

const { DockerfileParser } = dockerfile;
const readText = (file) => readFileSync(file, 'utf8');
const parsed = DockerfileParser.parse(read('Containerfile'));
const stages = [];
for (const instruction of parsed.getInstructions()) {
  if (instruction.getKeyword() === 'FROM') stages.push([]);
  stages.at(-1)?.push(instruction);
}
const [build, final] = stages;
const all = (stage, keyword) => stage.filter((one) => one.getKeyword() === keyword);
const last = (stage, keyword) => all(stage, keyword).at(-1);
const json = (instruction) => JSON.parse(/\[.*\]/s.exec(instruction.getArgumentsContent())[0]);
const environment = Object.fromEntries(all(final, 'ENV').map((one) => one.getArgumentsContent().split('=')));
const user = Number(last(final, 'USER').getArgumentsContent().split(':')[0]);
const workdir = last(final, 'WORKDIR').getArgumentsContent();
const port = new URL(`http://${environment.ONBOARD_BOT__SERVER__LISTEN}`).port;

/** What is copied out of the project. */
const context = all(build, 'COPY').flatMap((copy) => copy.getArguments().map((one) => one.getValue()).slice(0, -1));

const hadolint = (folder) => run(tool('python/bin/hadolint'), [path.join(folder, 'Containerfile')]);

test('the linter has nothing to say', () => {
  const { status, said } = hadolint(infra);
  assert.equal(status, 0, said);
});

for (const [from, to, rule] of [
  ['--no-install-recommends', '', 'DL3015'],
  ['WORKDIR /build', 'WORKDIR build', 'DL3000'],
  ['CMD ["--log"', 'CMD --log ["', 'DL3025'],
  ['rust:1.95-bookworm', 'rust', 'DL3006'],
  ['USER 65532:65532', 'USER root', 'DL3002'],
]) {
  test(`the linter would notice ${rule}`, async () => {
    const { status, said } = await spoiled('.', ['Containerfile', from, to], hadolint);
    assert.notEqual(status, 0);
    assert.ok(said.includes(rule), said);
  });
}

test('two stages; the final one has no shell, is not root by number, and says how it is', () => {
  assert.equal(stages.length, 2);
  assert.match(final[0].getArgumentsContent(), /^gcr\.io\/distroless\/cc-debian12:nonroot$/);
  assert.match(last(final, 'USER').getArgumentsContent(), /^\d+:\d+$/);
  assert.ok(user > 0);
  assert.deepEqual(all(final, 'RUN'), [], 'without a shell nothing can be run');
  assert.deepEqual(json(last(final, 'ENTRYPOINT')), ['/usr/bin/onboard-bot']);
  assert.equal(last(final, 'EXPOSE').getArgumentsContent(), port);
  assert.ok(json(last(final, 'HEALTHCHECK')).at(-1).includes(`127.0.0.1:${port}/`));
  assert.equal(last(final, 'VOLUME').getArgumentsContent(), workdir);
});

test('no secret is built in', () => {
  for (const instruction of parsed.getInstructions()) {
    assert.notEqual(instruction.getKeyword(), 'ADD');
    if (['ENV', 'ARG', 'LABEL'].includes(instruction.getKeyword())) {
      assert.doesNotMatch(instruction.getArgumentsContent(), /secret|password|token|api_key/i);
    }
  }
  assert.ok(context.every((one) => one !== '.'), 'the whole folder is never copied');
});

test('everything that is copied exists, and the ignore file lets it through', () => {
  const allowed = read('Containerfile.dockerignore').split('\n').filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  for (const name of context) assert.ok(existsSync(path.join(root, name)), name);
  assert.deepEqual([...allowed].sort(), [...context].sort());
});

test('what is copied is enough for cargo, and whatever the sources include is among it', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'context-'));
  try {
    for (const name of context) cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
    const { status, said } = run('cargo', ['metadata', '--locked', '--offline', '--no-deps', '--format-version', '1'], { cwd: folder });
    assert.equal(status, 0, said);
    const command = all(build, 'RUN').map((one) => one.getArgumentsContent()).find((one) => one.includes('cargo build'));
    const { packages: [{ targets }] } = JSON.parse(said.slice(said.indexOf('{')));
    const binary = /cargo build --release --locked --bin (\S+)/.exec(command)[1];
    assert.ok(targets.some((target) => target.name === binary && target.kind[0] === 'bin'));
    assert.ok(command.includes(` target/release/${binary} /out/${binary}`));
    for (const file of readdirSync(path.join(folder, 'src'), { recursive: true }).filter((name) => name.endsWith('.rs'))) {
      const home = path.join(folder, 'src', path.dirname(file));
      const text = readText(path.join(folder, 'src', file));
      for (const [, name] of text.matchAll(/include_(?:str|bytes)!\("([^"]+)"\)/g)) assert.ok(existsSync(path.join(home, name)), `${file} includes ${name}`);
      for (const [, name] of text.matchAll(/(?:#\[folder = |migrate!\()"([^"]+)"/g)) assert.ok(statSync(path.join(folder, name)).isDirectory(), `${file} embeds ${name}`);
    }
  } finally { rmSync(folder, { recursive: true, force: true }); }
});

test('the base image has every library that the binary needs', () => {
  // https://github.com/GoogleContainerTools/distroless/tree/main/cc and ../base: packages of Debian 12.
  const base = ['libc6', 'libgcc-s1', 'libstdc++6', 'libgomp1', 'libssl3'];
  for (const file of libraries()) {
    const { status, said } = run('sh', ['-c', `dpkg -S ${file} 2>/dev/null || dpkg -S /usr${file}`]);
    assert.equal(status, 0, `no Debian package has ${file}`);
    assert.ok(base.includes(said.split(':')[0]), said);
  }
});

// From here on the root file system is made by hand and the program run in it as the image would run it.

const outside = await world();
const store = mkdtempSync(path.join(tmpdir(), 'store-'));
after(async () => { await outside.stop(); rmSync(store, { recursive: true, force: true }); });

const command = [...json(last(final, 'ENTRYPOINT')), ...json(last(final, 'CMD'))];
const probe = json(last(final, 'HEALTHCHECK'));

/** The image's environment, on a port that is free here. */
async function elsewhere() {
  const listen = await freePort();
  return { url: `http://127.0.0.1:${listen}`, environment: { ...environment, ONBOARD_BOT__SERVER__LISTEN: `127.0.0.1:${listen}` }, probe: probe.map((one) => one.replace(`127.0.0.1:${port}`, `127.0.0.1:${listen}`)) };
}

test('as that user, without rights, on a read-only root it serves; only the volume is written; the health check tells', async () => {
  const place = await elsewhere();
  const made = image(await outside.config({ listen: '127.0.0.1:1', store_url: 'sqlite:onboard-bot.db' }));
  const setting = { user, workdir, environment: place.environment, writable: [[store, workdir]] };
  const healthy = () => run('bwrap', inside(made, setting, place.probe)).status === 0;
  try {
    assert.equal(healthy(), false, 'nothing runs yet');
    const bot = start('bwrap', inside(made, setting, command));
    try {
      await ready(`${place.url}/readyz`, bot);
      assert.equal(healthy(), true, bot.said());
      const status = readText(`/proc/${bot.pid()}/status`);
      assert.match(status, /^CapEff:\s+0+$/m);
      assert.match(status, /^NoNewPrivs:\s+1$/m);
      assert.ok(readdirSync(store).includes('onboard-bot.db'));
      assert.equal(statSync(path.join(store, 'onboard-bot.db')).mode & 0o777, 0o600);
      assert.ok(bot.said().split('\n').filter(Boolean).every((line) => JSON.parse(line)), 'logs are JSON');
    } finally { await bot.stop(); }
    assert.match(bot.said(), /"draining"/);
    assert.equal(healthy(), false, 'nothing runs any more');
  } finally { made.remove(); }
});

test('without the volume it says in a plain sentence that it cannot write', async () => {
  const place = await elsewhere();
  const made = image(await outside.config({ listen: '127.0.0.1:1', store_url: 'sqlite:onboard-bot.db' }));
  try {
    const { status, said } = run('bwrap', inside(made, { user, workdir, environment: place.environment }, command));
    assert.equal(status, 1);
    assert.match(said, /store\.url: onboard-bot\.db: cannot be opened: Read-only file system/);
  } finally { made.remove(); }
});
