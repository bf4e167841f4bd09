// The package that `onboard-bot package teams` writes, held against Microsoft's own schema of its manifest version.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';

const require = createRequire(import.meta.url);
const Ajv04 = require('ajv-draft-04').default;
const addFormats = require('ajv-formats').default;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = process.env.ONBOARD_BOT ?? path.join(root, 'target/debug/onboard-bot');
const example = path.join(root, 'onboard-bot.example.toml');
const out = mkdtempSync(path.join(tmpdir(), 'teams-package-'));
after(() => rmSync(out, { recursive: true, force: true }));

/** The example configuration with a value for each secret that it takes from the environment. */
function build() {
  const secrets = [...readFileSync(example, 'utf8').matchAll(/"env:([A-Z0-9_]+)"/g)].map(([, name]) => [name, 'not-a-secret']);
  execFileSync(binary, ['package', 'teams', '--config', example, '--out', out], { env: { ...process.env, ...Object.fromEntries(secrets) }, stdio: ['ignore', 'pipe', 'pipe'] });
  return unzipSync(readFileSync(path.join(out, 'onboard-bot-teams.zip')));
}

function complaints(manifest) {
  const home = path.dirname(require.resolve('@microsoft/app-manifest/package.json'));
  const file = path.join(home, 'build/json-schemas/teams', `v${manifest.manifestVersion}`, 'MicrosoftTeams.schema.json');
  assert.ok(existsSync(file), `no schema for manifest version ${manifest.manifestVersion}`);
  const ajv = new Ajv04({ strict: false, allErrors: true });
  addFormats(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
  return validate(manifest) ? [] : validate.errors.map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);
}

test('the package obeys the schema, and the schema would notice if not', () => {
  const files = build();
  const manifest = JSON.parse(Buffer.from(files['manifest.json']).toString('utf8'));
  assert.deepEqual(complaints(manifest), []);
  assert.notDeepEqual(complaints({ ...manifest, manifestVersion: '1.28' }), [], '1.28 knows no slash commands');
  for (const icon of [manifest.icons.color, manifest.icons.outline]) assert.ok(files[icon], `${icon} is missing`);
});
