// Draws every expanded card with Microsoft's renderer, for people to look at.
//
//   CARDS_OUT=/tmp/cards cargo test --test cards
//   CARDS_OUT=/tmp/cards node render.mjs [name…]      # pictures in tests/artefacts/cards/, wide and narrow
//
// CHROMIUM names the browser; /usr/bin/chromium otherwise. The page loads nothing from the network.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const here = path.dirname(new URL(import.meta.url).pathname);
const out = process.env.CARDS_OUT;
if (!out || !fs.existsSync(out)) {
  console.error('CARDS_OUT has to name the folder that `cargo test --test cards` filled');
  process.exit(1);
}
const pictures = path.resolve(here, '../../artefacts/cards');
fs.mkdirSync(pictures, { recursive: true });

// Close to Teams in light mode.
const container = (background, border) => ({
  backgroundColor: background, borderColor: border,
  foregroundColors: Object.fromEntries(Object.entries({
    default: ['#242424', '#616161'], accent: ['#5B5FC7', '#5B5FC7'], good: ['#0E700E', '#0E700E'],
    warning: ['#8A5700', '#8A5700'], attention: ['#B10E1C', '#B10E1C'], dark: ['#242424', '#616161'], light: ['#FFFFFF', '#E0E0E0'],
  }).map(([name, [normal, subtle]]) => [name, { default: normal, subtle }])),
});
const fontFamily = '"Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';
const fontSizes = { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 };
const fontWeights = { lighter: 200, default: 400, bolder: 600 };
const host = {
  fontFamily,
  spacing: { small: 8, default: 12, medium: 16, large: 20, extraLarge: 24, padding: 16 },
  separator: { lineThickness: 1, lineColor: '#E0E0E0' },
  fontTypes: {
    default: { fontFamily, fontSizes, fontWeights },
    monospace: { fontFamily: '"Consolas", "DejaVu Sans Mono", monospace', fontSizes, fontWeights },
  },
  containerStyles: {
    default: container('#FFFFFF', '#E0E0E0'), emphasis: container('#F5F5F5', '#E0E0E0'), accent: container('#E8EBFA', '#C8CBF0'),
    good: container('#E7F2DA', '#BFDDA0'), attention: container('#FCF4F6', '#F0C7CE'), warning: container('#FBF6D9', '#EFE4A0'),
  },
  actions: { maxActions: 6, spacing: 'default', buttonSpacing: 8, actionsOrientation: 'horizontal', actionAlignment: 'left', showCard: { actionMode: 'inline' } },
  factSet: { title: { weight: 'bolder', maxWidth: 160, wrap: true }, value: { wrap: true }, spacing: 16 },
  textStyles: { heading: { weight: 'bolder', size: 'large' } },
  inputs: { label: { inputSpacing: 'small', requiredInputs: { weight: 'bolder', suffix: ' *', suffixColor: 'attention' }, optionalInputs: { weight: 'bolder' } }, errorMessage: { color: 'attention' } },
};
const style = `
  body { margin: 0; padding: 16px; background: #EBEBEB; font: 14px ${host.fontFamily}; }
  #card { border-radius: 8px; box-shadow: 0 1px 4px #0003; overflow: hidden; background: #fff; }
  .ac-pushButton { font: 600 14px ${host.fontFamily}; padding: 6px 12px; border-radius: 4px; border: 1px solid #D1D1D1; background: #fff; }
  .ac-pushButton.style-positive { background: #5B5FC7; color: #fff; border-color: #5B5FC7; }
  .ac-pushButton.style-destructive { color: #C4314B; border-color: #C4314B; }
  .ac-input { font: 14px ${host.fontFamily}; box-sizing: border-box; padding: 6px 8px; border: 1px solid #D1D1D1; border-radius: 4px; background: #fff; }
  .ac-input.ac-textInput, .ac-input.ac-multichoiceInput.ac-choiceSetInput-compact { width: 100%; }
  p { margin: 0; } ul, ol { margin: 0; padding-left: 20px; }
  .bar { height: 4px; border-radius: 2px; background: #E0E0E0; } .bar > i { display: block; height: 4px; border-radius: 2px; background: #5B5FC7; }
`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
});
let failed = 0;
try {
  const page = await browser.newPage({ deviceScaleFactor: 1 });
  await page.route('**/*', (route) => route.abort());
  await page.setContent(`<style>${style}</style><div id="card"></div>`);
  await page.addScriptTag({ path: require.resolve('adaptivecards/dist/adaptivecards.js') });
  // Teams reads Markdown; markdown-it is what its clients are built on.
  await page.addScriptTag({ path: require.resolve('markdown-it/dist/markdown-it.js') });
  const wanted = process.argv.slice(2);
  const names = fs.readdirSync(out).filter((f) => f.endsWith('.json')).map((f) => f.slice(0, -5)).filter((n) => !wanted.length || wanted.includes(n));
  for (const name of names.sort()) {
    const card = JSON.parse(fs.readFileSync(path.join(out, `${name}.json`), 'utf8'));
    for (const [suffix, width] of [['', 560], ['.narrow', 320]]) {
      await page.setViewportSize({ width, height: 400 });
      const found = await page.evaluate(([payload, hostConfig]) => {
        const AC = window.AdaptiveCards;
        class ProgressBar extends AC.CardElement {
          getJsonTypeName() { return 'ProgressBar'; }
          internalParse(source, context) { super.internalParse(source, context); this.share = source.value / source.max; }
          internalRender() {
            const bar = document.createElement('div');
            bar.className = 'bar';
            bar.innerHTML = `<i style="width:${this.share * 100}%"></i>`;
            return bar;
          }
        }
        const registry = new AC.CardObjectRegistry();
        AC.GlobalRegistry.populateWithDefaultElements(registry);
        registry.register('ProgressBar', ProgressBar);
        const context = new AC.SerializationContext();
        context.setElementRegistry(registry);
        const markdown = window.markdownit();
        AC.AdaptiveCard.onProcessMarkdown = (text, result) => { 
          result.outputHtml = markdown.render(text);
          // Teams turns the text of an entity into a mention, and only that.
          for (const entity of payload.msteams?.entities ?? []) {
            const escaped = markdown.utils.escapeHtml(entity.text);
            result.outputHtml = result.outputHtml.replace(escaped, `<b style="color:#5B5FC7">${escaped.slice(10, -11)}</b>`);
          }
          result.didProcess = true;
        };
        const parsed = new AC.AdaptiveCard();
        parsed.hostConfig = new AC.HostConfig(hostConfig);
        parsed.parse(payload, context);
        const drawn = parsed.render();
        const place = document.getElementById('card');
        place.replaceChildren(drawn);
        return {
          links: [...place.querySelectorAll('a[href]')].map((a) => a.getAttribute('href')),
          foreign: [...place.querySelectorAll('img, at, script, h1, h2, li')].map((e) => e.outerHTML),
          unnamed: [...place.querySelectorAll('input, select, textarea')].filter((i) => !i.getAttribute('aria-labelledby') && !i.getAttribute('aria-label')).length,
          wide: place.scrollWidth > place.clientWidth + 1,
          text: place.innerText,
        };
      }, [card, host]);
      await page.locator('#card').screenshot({ path: path.join(pictures, `${name}${suffix}.png`) });
      const bad = [];
      if (found.foreign.length) bad.push(`draws ${found.foreign.join(' ')}`);
      if (found.links.length) bad.push(`links to ${found.links.join(' ')}`);
      if (found.unnamed) bad.push(`${found.unnamed} input(s) without a name`);
      if (found.wide) bad.push('is wider than its frame');
      if (found.text.includes('undefined')) bad.push('says undefined');
      failed += bad.length ? 1 : 0;
      console.log(bad.length ? `✗ ${name}${suffix}: ${bad.join('; ')}` : `${name}${suffix}: drawn`);
    }
  }
} finally {
  await browser.close();
}
process.exit(failed ? 1 : 0);
