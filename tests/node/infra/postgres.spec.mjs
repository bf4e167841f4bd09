// A managed PostgreSQL demands TLS. The bot speaks it, checks the certificate and the host's name, and then writes no file at all.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../playground/wait.mjs';
import { read, run } from './files.mjs';
import { freePort, image, inside, ready, start, world } from './house.mjs';

const [newest] = readdirSync('/usr/lib/postgresql').sort((a, b) => b - a);
const program = (name) => path.join('/usr/lib/postgresql', newest, 'bin', name);
const home = mkdtempSync(path.join(tmpdir(), 'postgres-'));
const data = path.join(home, 'data');
const PASSWORD = 'a word for this house only';
let outside, server, port, begin;

/** PostgreSQL refuses to be run by root. */
const nobody = userInfo().uid === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'] : [];
function must(...command) {
  const { status, said } = run(command[0], command.slice(1), { cwd: home });
  assert.equal(status, 0, `${command.join(' ')}: ${said}`);
}

before(async () => {
  mkdirSync(data);
  writeFileSync(path.join(home, 'password'), PASSWORD);
  // An authority of our own, and a certificate for `localhost` and no other name.
  const at = (name) => path.join(home, name);
  must('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=house authority', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  must('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', at('server.key'), '-out', at('server.csr'));
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n');
  must('openssl', 'x509', '-req', '-in', at('server.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('names'), '-out', at('server.pem'));
  chmodSync(at('server.key'), 0o600);
  if (nobody.length > 0) must('chown', '-R', '65534:65534', home);
  must(...nobody, program('initdb'), '--pgdata', data, '--username', 'onboard_bot', '--pwfile', at('password'), '--auth', 'scram-sha-256', '--no-sync');
  // Only TLS is let in, as at a managed server.
  must(...nobody, 'sh', '-c', `echo 'hostssl all all 127.0.0.1/32 scram-sha-256' > ${data}/pg_hba.conf`);
  port = await freePort();
  begin = async () => {
    const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: home, ssl: 'on', ssl_cert_file: at('server.pem'), ssl_key_file: at('server.key'), fsync: 'off' };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const [command, ...args] = [...nobody, program('postgres'), '-D', data, ...options];
    server = start(command, args, { cwd: home });
    for (let tries = 0; spawnSync(program('pg_isready'), ['--host', '127.0.0.1', '--port', String(port)]).status !== 0; tries += 1) {
      assert.ok(server.alive() && tries < 300, server.said());
      await new Promise((done) => { setTimeout(done, 50); });
    }
  };
  await begin();
  outside = await world();
});

after(async () => {
  await outside?.stop();
  await server?.stop('SIGINT');
  rmSync(home, { recursive: true, force: true });
});

/** The bot in its read-only root with nothing writable, on this database. */
async function bot(host, parameters, password = PASSWORD) {
  const listen = `127.0.0.1:${await freePort()}`;
  const made = image(await outside.config({ listen, store_url: `postgres://onboard_bot@${host}:${port}/postgres${parameters}` }));
  copyFileSync(path.join(home, 'ca.pem'), path.join(made.folder, 'etc/onboard-bot/ca.pem'));
  chmodSync(path.join(made.folder, 'etc/onboard-bot/ca.pem'), 0o644);
  writeFileSync(path.join(made.folder, 'etc/hosts'), '127.0.0.1 localhost elsewhere\n');
  const setting = { user: 65532, workdir: '/var/lib/onboard-bot', environment: { PGPASSWORD: password } };
  const process = start('bwrap', inside(made, setting, ['/usr/bin/onboard-bot', 'serve', '--config', '/etc/onboard-bot/onboard-bot.toml']));
  return { process, url: `http://${listen}`, end: async () => { await process.stop(); made.remove(); } };
}

const sql = (text) => run(program('psql'), ['--no-psqlrc', '--csv', '--command', text],
  { env: { PATH: '/usr/bin:/bin', PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'onboard_bot', PGDATABASE: 'postgres', PGPASSWORD: PASSWORD, PGSSLMODE: 'require' } });

const CHECKED = '?sslmode=verify-full&sslrootcert=/etc/onboard-bot/ca.pem';

test('it serves over a checked connection, with the password from PGPASSWORD, and nothing is writable', async () => {
  const { process, url, end } = await bot('localhost', CHECKED);
  try {
    await ready(`${url}/readyz`, process);
    const asked = sql('SELECT bool_and(ssl), count(*) > 0 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE backend_type = \'client backend\'');
    assert.equal(asked.said.trim().split('\n').at(-1), 't,t');
  } finally { await end(); }
});

test('every question of the runbook can be asked here too', async () => {
  const questions = [...read('runbook.md').matchAll(/^sql "(.*?)"/gm)].map(([, text]) => text).filter((text) => !text.startsWith('PRAGMA'));
  assert.ok(questions.length >= 10);
  for (const text of questions) {
    const { status, said } = sql(text);
    assert.equal(status, 0, `${text}\n${said}`);
  }
});

test('while the database is away it lives and is not ready; when it is back it goes on by itself', async () => {
  const { process, url, end } = await bot('localhost', CHECKED);
  const ask = (path) => fetch(url + path, { signal: AbortSignal.timeout(3_000) }).then((answer) => answer.status, () => 'no answer');
  try {
    await ready(`${url}/readyz`, process);
    await server.stop('SIGINT'); // PostgreSQL's fast way; SIGTERM waits for its clients
    await until(async () => (await ask('/readyz')) !== 200, { timeout: 20_000, what: 'a probe that fails' });
    assert.equal(await ask('/livez'), 200);
    await begin();
    await until(async () => (await ask('/readyz')) === 200, { timeout: 40_000, what: () => `the bot to be ready again: ${process.said()}` });
    assert.ok(process.alive());
  } finally { await end(); }
});

for (const [what, host, parameters, password] of [
  ['a host that the certificate does not name', 'elsewhere', CHECKED],
  ['an authority that nobody knows', 'localhost', '?sslmode=verify-full'],
  ['no TLS at all', 'localhost', '?sslmode=disable'],
  ['a wrong password', 'localhost', CHECKED, 'another word'],
]) {
  test(`it does not start with ${what}, and says that it is the store`, async () => {
    const { process, end } = await bot(host, parameters, password);
    try {
      assert.equal(await Promise.race([process.ended, new Promise((done) => { setTimeout(done, 45_000, 'it goes on').unref(); })]), 1, process.said());
      assert.match(process.said(), /store\.url: /);
      assert.ok(!process.said().includes(PASSWORD));
    } finally { await end(); }
  });
}
