// Pictures of every message, modal and page, into tests/artefacts/slack-cards: for people to look at, and to see that a
// renderer that is not ours draws all that was sent.
//
//   CARDS_OUT=/tmp/cards node render.mjs [name...]   # exit code 1 when something is not drawn or becomes markup
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { here, messages, views } from './cards.mjs';

const require = createRequire(import.meta.url);
const { createElement: h } = require('react');
const { renderToStaticMarkup } = require('react-dom/server');
const { Message } = require('slack-blocks-to-jsx');
const css = fs.readFileSync(require.resolve('slack-blocks-to-jsx/dist/style.css'), 'utf8');
const pictures = path.resolve(here, '../../artefacts/slack-cards');
fs.mkdirSync(pictures, { recursive: true });

const logo = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="36" height="36"><rect width="36" height="36" rx="6" fill="#1f4e79"/><path d="M11 9c0 9 7 16 16 16v-5l-5-1-2 2c-3-1-5-4-6-6l2-2-1-5z" fill="#fff"/></svg>')}`;
const users = ['Bob Approver', 'Carol Chief', 'Olga Operator', 'Alan Admin'].map((name, n) => ({ id: `U0USER${n + 1}`, name }));
const time = new Date('2026-11-22T03:35:00Z');
const style = `
  ${css}
  body { margin: 0; padding: 12px; background: #fff; font: 15px/1.46 Lato, "Liberation Sans", sans-serif; color: #1d1c1d; }
  #modal { border: 1px solid #ddd; border-radius: 8px; box-shadow: 0 4px 16px #0003; overflow: hidden; }
  #modal > header { font-size: 22px; font-weight: 900; padding: 16px 20px; } #modal > main { padding: 0 16px; }
  #modal > footer { padding: 16px 20px; text-align: right; border-top: 1px solid #eee; }
  #modal > footer span { border: 1px solid #bbb; border-radius: 4px; padding: 7px 12px; margin-left: 8px; font-weight: 700; }
  #modal > footer .submit { background: #007a5a; color: #fff; border-color: #007a5a; }
  #slack_blocks_to_jsx { overflow-wrap: anywhere; } #modal #slack_blocks_to_jsx { max-width: none; }
`;

// The renderer takes verbatim for "no markup at all", and reads markup in what was escaped. Slack does neither:
// https://docs.slack.dev/reference/block-kit/composition-objects/text-object
function forRenderer(node) {
  if (Array.isArray(node)) return node.map(forRenderer);
  if (!node || typeof node !== 'object') return node;
  const own = Object.fromEntries(Object.entries(node).filter(([key]) => key !== 'verbatim').map(([key, child]) => [key, forRenderer(child)]));
  if (own.type === 'mrkdwn') own.text = own.text.replaceAll('&lt;', '‹').replaceAll('&gt;', '›').replaceAll('&amp;', '&');
  return own;
}
const drawn = (blocks, withoutWrapper = false) => renderToStaticMarkup(h(Message, { blocks: forRenderer(blocks), name: 'onboard-bot', logo, time, data: { users }, withoutWrapper }));
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function modal(view) {
  const button = (part, kind) => (view[part] ? `<span class="${kind}">${escape(view[part].text)}</span>` : '');
  const frame = view.type === 'home' ? ['', ''] : [`<header>${escape(view.title.text)}</header>`, `<footer>${button('close', '')}${button('submit', 'submit')}</footer>`];
  return `<div id="modal">${frame[0]}<main>${drawn(view.blocks, true)}</main>${frame[1]}</div>`;
}

/** Texts that have to be seen, without markup. */
function* texts(node) {
  if (Array.isArray(node)) for (const item of node) yield* texts(item);
  else if (node && typeof node === 'object') {
    if (node.type === 'plain_text' || node.type === 'text') yield node.text;
    if (node.type === 'plan' || node.task_id) yield node.title;
    // Closed lists show what is chosen, or what to do.
    if (node.type === 'static_select') { yield (node.initial_option?.text ?? node.placeholder).text; return; }
    for (const [key, child] of Object.entries(node)) if (key !== 'placeholder' && key !== 'initial_option') yield* texts(child);
  }
}
const flat = (text) => text.replace(/\s+/g, ' ').trim();

const pages = [
  ...messages.map(({ name, blocks }) => [name, blocks, drawn(blocks)]),
  ...messages.filter(({ plain }) => plain).map(({ name, plain }) => [`${name}.plain`, plain, drawn(plain)]),
  ...views.map(({ name, view }) => [name, view.blocks, modal(view)]),
];
const wanted = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
});
let failed = 0;
try {
  const page = await browser.newPage({ viewport: { width: 680, height: 400 } });
  await page.route('**/*', (route) => route.abort());
  const faults = async (blocks, html) => {
    await page.setContent(`<style>${style}</style>${html}`);
    // The renderer shows a choice that is made already only once its scripts run.
    const chosen = blocks.map((block) => block.element).filter((element) => element?.type === 'static_select' && element.initial_option);
    await page.evaluate((selects) => selects.forEach(([id, text]) => {
      const shown = document.getElementById(id).querySelector('.pointer-events-none');
      shown.textContent = text;
      shown.style.color = '#1d1c1d';
    }), chosen.map((element) => [element.action_id, element.initial_option.text.text]));
    const seen = await page.evaluate(() => ({
      text: document.body.innerText,
      mentions: document.body.innerHTML.match(/@(channel|here|everyone)/g) ?? [],
      // An address alone may become a link: it leads where it says.
      links: [...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))
        .filter((href, n) => href.replace('mailto:', '') !== document.querySelectorAll('a[href]')[n].textContent),
      foreign: [...document.querySelectorAll('img:not([src^="data:image/svg+xml"]), script, h5, h6, code, blockquote')].map((e) => e.outerHTML.slice(0, 120)),
      wide: document.documentElement.scrollWidth > document.documentElement.clientWidth + 1,
    }));
    const text = flat(seen.text);
    const missing = [...texts(blocks)].map(flat).filter((one) => one && !text.includes(one));
    const bad = missing.slice(0, 3).map((one) => `does not show “${one}”`);
    if (seen.mentions.length) bad.push(`mentions ${seen.mentions}`);
    if (seen.links.some((link) => link !== 'https://enterprise.connecttoteams.com/')) bad.push(`links to ${seen.links}`);
    if (seen.foreign.length) bad.push(`draws ${seen.foreign}`);
    if (seen.wide) bad.push('is wider than its frame');
    return bad;
  };
  for (const [name, blocks, html] of pages.filter(([one]) => !wanted.length || wanted.includes(one))) {
    const bad = await faults(blocks, html);
    await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });
    failed += bad.length ? 1 : 0;
    console.log(bad.length ? `✗ ${name}: ${bad.join('; ')}` : `${name}: drawn`);
  }
  // It can fail: what is not drawn, and what became markup, is seen.
  const text = (said) => [{ type: 'section', text: { type: 'mrkdwn', text: said } }];
  const slips = [
    await faults([{ type: 'header', text: { type: 'plain_text', text: 'never drawn' } }], drawn(text('something else'))),
    await faults([], drawn(text('<!channel> look'))),
    await faults([], drawn(text('<https://evil.example|Approve>'))),
    await faults([], drawn(text('`code`'))),
  ];
  slips.forEach((found, n) => { if (!found.length) { failed += 1; console.log(`✗ slip ${n + 1} was not found`); } });
} finally {
  await browser.close();
}
process.exit(failed ? 1 : 0);
