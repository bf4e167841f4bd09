// What the Rust tests wrote: every message and view as it would be sent.
import fs from 'node:fs';
import path from 'node:path';

export const here = path.dirname(new URL(import.meta.url).pathname);

export const json = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

/** Names and contents of the JSON files of a folder. */
export function folder(place) {
  return fs.readdirSync(place).filter((file) => file.endsWith('.json')).sort().map((file) => [file.slice(0, -5), json(path.join(place, file))]);
}

const out = process.env.CARDS_OUT;
if (!out || !fs.existsSync(path.join(out, 'slack/messages'))) {
  console.error('CARDS_OUT has to name the folder that `cargo test --test cards` filled');
  process.exit(1);
}
export const messages = folder(path.join(out, 'slack/messages')).map(([name, message]) => ({ name, ...message }));
export const views = folder(path.join(out, 'slack/views')).map(([name, view]) => ({ name, view }));
if (messages.length < 25 || views.length < 10) {
  console.error(`only ${messages.length} messages and ${views.length} views`);
  process.exit(1);
}
