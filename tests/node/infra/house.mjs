// A world, and bots in it that live in a root file system like the image's: read-only, without rights, nothing but what they need.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../playground/wait.mjs';
import { root, run } from './files.mjs';

export const BINARY = process.env.ONBOARD_BOT ?? path.join(root, 'target/debug/onboard-bot');

/** A port of 127.0.0.1 that nobody used a moment ago. */
export function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => done(port)); });
  });
}

/** bwrap does not pass signals on: they go to what it runs. */
function innermost(pid) {
  let children = '';
  try { children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim(); } catch { return []; } // it has ended
  return children ? children.split(' ').flatMap((child) => innermost(Number(child))) : [pid];
}

/** A process with everything it says; `stop()` sends SIGTERM and resolves to its exit status. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { said += data; });
  const ended = new Promise((done) => { child.once('exit', (code, signal) => done(code ?? signal)); child.once('error', done); });
  const stop = async () => {
    for (const pid of innermost(child.pid)) process.kill(pid, 'SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 25_000);
    const status = await ended;
    clearTimeout(force);
    return status;
  };
  return { pid: () => innermost(child.pid)[0], said: () => said, ended, stop, alive: () => child.exitCode === null && child.signalCode === null };
}

export async function ready(url, process) {
  await until(() => {
    assert.ok(process.alive(), `it has ended: ${process.said()}`);
    return fetch(url).then((answer) => answer.ok, () => false);
  }, { timeout: 30_000, every: 50, what: () => `${url}; it said ${process.said()}` });
}

/** The simulated outside, and people in it. */
export async function world() {
  assert.ok(existsSync(BINARY), `no bot at ${BINARY}: run cargo build, or set ONBOARD_BOT`);
  const url = `http://127.0.0.1:${await freePort()}`;
  const process = start(BINARY, ['world', '--listen', url.slice('http://'.length)]);
  await ready(`${url}/_world/seed`, process);
  const control = async (method, path, body) => {
    const answer = await fetch(`${url}/_world/${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json();
  };
  const config = async (settings) => (await control('GET', `config?${new URLSearchParams(settings)}`)).toml;
  return { url, control, config, stop: process.stop };
}

/** The shared libraries of the binary. */
export function libraries() {
  const { status, said } = run('ldd', [BINARY]);
  assert.equal(status, 0, said);
  return [...said.matchAll(/(\/\S+) \(0x/g)].map(([, file]) => file);
}

/** A folder like the image's root: the binary, wget, the libraries and a configuration; nothing of it is writable. */
export function image(configuration) {
  const folder = mkdtempSync(path.join(tmpdir(), 'image-'));
  const put = (from, to) => {
    const target = path.join(folder, to);
    mkdirSync(path.dirname(target), { recursive: true });
    copyFileSync(realpathSync(from), target);
    chmodSync(target, 0o755);
  };
  put(BINARY, '/usr/bin/onboard-bot');
  put('/bin/busybox', '/usr/bin/wget');
  for (const file of libraries()) put(file, file);
  put('/etc/ssl/certs/ca-certificates.crt', '/etc/ssl/certs/ca-certificates.crt');
  // A debug build reads the cards from the sources; only a release has them built in.
  cpSync(path.join(root, 'cards'), path.join(folder, root, 'cards'), { recursive: true });
  for (const name of ['proc', 'dev', 'var/lib/onboard-bot', 'etc/onboard-bot']) mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, 'etc/onboard-bot/onboard-bot.toml'), configuration);
  chmodSync(folder, 0o755);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** How a command runs inside: as this user, without capabilities, on a read-only root, in an empty environment. */
export function inside({ folder }, { user, workdir, environment = {}, writable = [] }, command) {
  const variables = Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]);
  const binds = writable.flatMap(([from, to]) => ['--bind', from, to]);
  return ['--die-with-parent', '--unshare-user', '--unshare-ipc', '--uid', String(user), '--gid', String(user), '--cap-drop', 'ALL', '--clearenv', ...variables,
    '--ro-bind', folder, '/', '--proc', '/proc', '--dev', '/dev', ...binds, '--remount-ro', '/', '--chdir', workdir, '--', ...command];
}
