// Where things are, and running a judge over a file or over a spoiled copy of it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const infra = path.join(root, 'infra');
const tools = path.join(root, 'tests/tools');

/** A judge that tools.sh has installed. */
export function tool(name) {
  const file = path.join(tools, name);
  assert.ok(existsSync(file), `${file} is missing: run tests/node/infra/tools.sh`);
  return file;
}

export const read = (...parts) => readFileSync(path.join(infra, ...parts), 'utf8');

/** Exit status and everything that was said. */
export function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (error) throw error;
  return { status, said: stdout + stderr };
}

/** What `judge` finds in a copy of a folder of infra/ in which one text of one file was replaced. */
export async function spoiled(folder, [file, from, to], judge) {
  const copy = mkdtempSync(path.join(tmpdir(), 'infra-'));
  try {
    cpSync(path.join(infra, folder), copy, { recursive: true });
    const text = readFileSync(path.join(copy, file), 'utf8');
    assert.ok(text.includes(from), `${folder}/${file} does not hold ${from}`);
    writeFileSync(path.join(copy, file), text.replace(from, to));
    return await judge(copy);
  } finally { rmSync(copy, { recursive: true, force: true }); }
}
