// Starts the real bot for the browser: `onboard-bot demo --playground`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './wait.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The binary (ONBOARD_BOT) and the port that its demo listens on (ONBOARD_BOT_PORT, 3978 unless told). */
export const BINARY = process.env.ONBOARD_BOT ?? path.join(root, 'target/debug/onboard-bot');
export const PORT = Number(process.env.ONBOARD_BOT_PORT ?? 3978);

/** Resolves to { url, said(), stop() } once the bot is ready. */
export async function startBot() {
  if (!existsSync(BINARY)) throw new Error(`no bot at ${BINARY}: run cargo build, or set ONBOARD_BOT`);
  const base = `http://127.0.0.1:${PORT}`;
  if (await fetch(`${base}/livez`).then(() => true, () => false)) throw new Error(`something else already listens on port ${PORT}`);
  const child = spawn(BINARY, ['demo', '--playground'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (d) => { output += d; });
  child.stderr.on('data', (d) => { output += d; });
  const said = () => output.split('\n').slice(-60).join('\n');
  let failure;
  child.once('error', (e) => { failure = e; });
  const gone = new Promise((done) => { child.once('exit', done); });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 25_000); // it may take 20 s to finish what it began
    await gone;
    clearTimeout(force);
  };
  try {
    await until(() => {
      if (failure) throw failure;
      if (child.exitCode !== null) throw new Error(`the bot exited with ${child.exitCode}; it said:\n${said()}`);
      return fetch(`${base}/readyz`).then((r) => r.ok, () => false);
    }, { timeout: 30_000, every: 100, what: () => `the bot to be ready; it said:\n${said()}` });
  } catch (e) { await stop(); throw e; }
  return { url: `${base}/api/messages`, said, stop };
}
