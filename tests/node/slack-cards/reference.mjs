// Microsoft's expander makes the same of Slack's templates as ours: one language for both surfaces.
//
//   CARDS_OUT=/tmp/cards node reference.mjs          # exit code 1 on any difference
//
// Ours is cut to Slack's limits afterwards; so a text that ends with an ellipsis may be longer in the reference.
import path from 'node:path';
import { createRequire } from 'node:module';
import { folder, here, json, messages, views } from './cards.mjs';

const { Template } = createRequire(import.meta.url)('adaptivecards-templating');
const root = path.resolve(here, '../../..');

function* differences(ours, reference, at = '') {
  if (typeof ours === 'string' && typeof reference === 'string') {
    const begun = ours.endsWith('…') && reference.startsWith(ours.replace(/\*?…$/, ''));
    if (ours !== reference && !begun) yield `${at}: ${ours} / ${reference}`;
  } else if (ours && reference && typeof ours === 'object' && typeof reference === 'object') {
    for (const key of new Set([...Object.keys(ours), ...Object.keys(reference)])) yield* differences(ours[key], reference[key], `${at}/${key}`);
  } else if (ours !== reference) yield `${at}: ${JSON.stringify(ours)} / ${JSON.stringify(reference)}`;
}

const found = [];
let held = 0;
function hold(name, template, data, ours) {
  const made = new Template(json(path.join(root, `cards/slack/${template}.json`))).expand({ $root: data });
  held += 1;
  for (const difference of differences(ours, JSON.parse(JSON.stringify(made)))) found.push(`${name}${difference}`);
}

for (const [name, data] of folder(path.join(root, 'cards/samples/slack'))) {
  const kind = name.split('.')[0];
  const message = messages.find((one) => one.name === name);
  if (!message) { hold(name, kind, data, views.find((one) => one.name === name)?.view); continue; }
  // What is too much for a message is offered in the form.
  const fits = message.blocks.some((block) => block.type === 'input') || kind !== 'confirm';
  hold(name, kind, fits ? data : { ...data, ...(data.inputs === undefined ? {} : { inputs: false }) }, { blocks: message.blocks });
  if (message.plain) hold(`${name} (plain)`, 'progress-plain', data, { blocks: message.plain });
}
for (const difference of found) console.log(`✗ ${difference.slice(0, 400)}`);
// It can fail: another card is no match.
const wrong = [...differences(messages[0].blocks, messages[1].blocks)].length;
console.log(`${held} expansions held against adaptivecards-templating, ${found.length} difference(s)`);
process.exit(found.length || !wrong || held < 40 ? 1 : 0);
