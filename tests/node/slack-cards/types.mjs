// Holds what we send to Slack against Slack's own types, with tsc in strict mode.
//
//   CARDS_OUT=/tmp/cards cargo test --test cards     # writes slack/messages and slack/views
//   CARDS_OUT=/tmp/cards node types.mjs              # exit code 1 on any difference
//
// Every card becomes a literal of a generated file: an imported JSON file loses its literal types, and the check with them.
// Slips that the types have to find stand behind @ts-expect-error, so that a check which finds nothing fails as well.
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { here, messages, views } from './cards.mjs';

const lines = [
  "import type { KnownBlock, TaskCardBlock, ModalView, HomeView } from '@slack/types';",
  "import type { ChatPostMessageArguments, ChatUpdateArguments, ChatPostEphemeralArguments, ViewsOpenArguments, ViewsUpdateArguments, ViewsPublishArguments } from '@slack/web-api';",
  // The published types let every block through that has a type: the known ones are asked for instead.
  "type Strict<View> = Omit<View, 'blocks'> & { blocks: KnownBlock[] };",
  "type Task = Omit<TaskCardBlock, 'type'>;",
];
let number = 0;
const check = (type, value) => lines.push(`export const c${(number += 1)}: ${type} = ${JSON.stringify(value)};`);
const slips = [];
const slip = (type, value) => { lines.push('// @ts-expect-error'); check(type, value); slips.push(number); };

for (const { name, blocks, plain, text } of messages) {
  lines.push(`// ${name}`);
  for (const list of [blocks, plain].filter(Boolean)) {
    check('KnownBlock[]', list);
    for (const plan of list.filter((block) => block.type === 'plan')) check('Task[]', plan.tasks);
    check('ChatPostMessageArguments', { channel: 'C1', thread_ts: '1.1', text, blocks: list, unfurl_links: false, unfurl_media: false });
  }
  check('ChatUpdateArguments', { channel: 'C1', ts: '1.1', text, blocks });
  check('ChatPostEphemeralArguments', { channel: 'C1', user: 'U1', text, blocks });
}
for (const { name, view } of views) {
  lines.push(`// ${name}`);
  check(view.type === 'home' ? 'Strict<HomeView>' : 'Strict<ModalView>', view);
  if (view.type === 'home') check('ViewsPublishArguments', { user_id: 'U1', view });
  else check('ViewsOpenArguments', { trigger_id: '1', view });
  check('ViewsUpdateArguments', { view_id: 'V1', view });
}

// One slip each in what is right otherwise.
const of = (name) => messages.find((message) => message.name === name);
const changed = (value, change) => { const copy = structuredClone(value); change(copy); return copy; };
const approval = of('approval').blocks;
const buttons = approval.findIndex((block) => block.type === 'actions');
const plan = of('progress').blocks.find((block) => block.type === 'plan');
slip('KnownBlock[]', changed(approval, (b) => { b[0].text.type = 'mrkdwn'; }));
slip('KnownBlock[]', changed(approval, (b) => { b[0].txt = b[0].text; delete b[0].text; }));
slip('KnownBlock[]', changed(approval, (b) => { b[0].type = 'heading'; }));
slip('KnownBlock[]', changed(approval, (b) => { b[buttons].elements[0].style = 'success'; }));
slip('KnownBlock[]', changed(approval, (b) => { b[buttons].elements[0].actionid = 'approve'; }));
slip('KnownBlock[]', changed(of('confirm').blocks, (b) => { delete b.find((block) => block.type === 'input').label; }));
slip('Task[]', changed(plan.tasks, (t) => { t[0].status = 'done'; }));
slip('Task[]', changed(plan.tasks, (t) => { t[0].details.elements[0].elements[0].type = 'words'; }));
slip('ChatPostMessageArguments', { channel: 'C1', text: 'x', blocks: approval, reply_brodcast: true });
const form = views.find(({ name }) => name === 'confirm-form').view;
slip('Strict<ModalView>', { ...form, submitt: form.submit });
slip('Strict<ModalView>', changed(form, (view) => { view.title.type = 'mrkdwn'; }));

const folder = path.join(here, 'generated');
fs.mkdirSync(folder, { recursive: true });
const file = path.join(folder, 'check.ts');
fs.writeFileSync(file, `${lines.join('\n')}\n`);
const tsc = path.resolve(here, '../node_modules/typescript/bin/tsc');
const options = ['--noEmit', '--strict', '--skipLibCheck', '--types', 'node', '--target', 'es2022', '--module', 'nodenext', '--moduleResolution', 'nodenext'];
const run = spawnSync(process.execPath, [tsc, ...options, file], { cwd: path.resolve(here, '..'), encoding: 'utf8' });
process.stdout.write(run.stdout.slice(0, 8000) + run.stderr);
console.log(`${number} literals of ${messages.length} messages and ${views.length} views held against @slack/types, ${slips.length} of them slips`);
process.exit(run.status === 0 ? 0 : 1);
