// infra/azure: every argument is one that the providers know, and what was promised about secrets and access is kept.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { infra, read, spoiled } from './files.mjs';
import { complaints, parsed } from './terraform.mjs';

const folder = path.join(infra, 'azure');

async function resources(type) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.tf'));
  const trees = await Promise.all(files.map((file) => parsed(folder, file)));
  return trees.flatMap((tree) => Object.values(tree.resource?.[type] ?? {}).map(([body]) => body));
}

test('the providers know every resource, argument, block and reference', async () => {
  assert.deepEqual(await complaints(folder), []);
});

const BROKEN = [
  [['bot.tf', 'microsoft_app_type ', 'msa_app_type '], 'azurerm_bot_service_azure_bot.bot: no argument msa_app_type'],
  [['bot.tf', '  sku                           = "S1"\n', ''], 'azurerm_bot_service_azure_bot.bot: sku is missing'],
  [['bot.tf', 'azurerm_bot_channel_ms_teams', 'azurerm_bot_channel_msteams'], 'azurerm_bot_channel_msteams.bot: no such type'],
  [['bot.tf', 'ingress[0].fqdn', 'ingress[0].hostname'], 'gives no hostname'],
  [['bot.tf', 'azurerm_container_app.bot', 'azurerm_container_app.bott'], 'azurerm_container_app.bott.ingress[0].fqdn is not declared'],
  [['app.tf', 'target_port                = 3978', ''], 'azurerm_container_app.bot.ingress: target_port is missing'],
  [['app.tf', 'cpu    = 0.25', 'cpu    = "a quarter"'], 'azurerm_container_app.bot.template.container.cpu: "a quarter" is no number'],
  [['app.tf', 'interval_seconds        = 5', 'period_seconds = 5'], 'startup_probe: no argument period_seconds'],
  [['app.tf', 'key_vault_secret_id = azurerm_key_vault_secret.bot[secret.value].versionless_id', 'key_vault_id = "x"'], 'secret: no argument key_vault_id'],
  [['database.tf', 'high_availability {', 'high_availability {\n    mode = "SameZone"\n  }\n  high_availability {'], 'high_availability: at most one block'],
  [['vault.tf', 'local.secret_names\n  name', 'local.secrets\n  name'], 'local.secrets is not declared'],
  [['variables.tf', 'variable "replicas"', 'variable "copies"'], 'var.replicas is not declared'],
  [['versions.tf', 'purge_soft_delete_on_destroy', 'purge_on_destroy'], 'provider azurerm.features.key_vault: no argument purge_on_destroy'],
];

for (const [change, expected] of BROKEN) {
  test(`the judge notices: ${expected}`, async () => {
    const wrong = await spoiled('azure', change, (copy) => complaints(copy));
    assert.ok(wrong.some((one) => one.includes(expected)), `it says ${JSON.stringify(wrong)}`);
  });
}

test('what is not HCL is refused', async () => {
  await assert.rejects(async () => spoiled('azure', ['bot.tf', 'sku  ', 'sku = = '], (copy) => complaints(copy)));
});

test('no secret enters the state: write-only arguments, fed by an ephemeral variable', async () => {
  const { variable } = await parsed(folder, 'variables.tf');
  assert.equal(variable.secrets[0].ephemeral, true);
  for (const secret of await resources('azurerm_key_vault_secret')) {
    assert.equal(secret.value, undefined);
    assert.match(secret.value_wo, /^\$\{var\.secrets\[/);
  }
  for (const server of await resources('azurerm_postgresql_flexible_server')) {
    assert.equal(server.administrator_password, undefined);
    assert.match(server.administrator_password_wo, /^\$\{var\.secrets\[/);
  }
  assert.deepEqual(await resources('azuread_application_password'), [], 'its value would stand in the state');
  assert.deepEqual(await resources('random_password'), []);
});

test('the bot is of one tenant, answers Teams, and runs twice at least', async () => {
  const [bot] = await resources('azurerm_bot_service_azure_bot');
  assert.equal(bot.microsoft_app_type, 'SingleTenant');
  assert.match(bot.endpoint, /\/api\/messages$/);
  const [entra] = await resources('azuread_application');
  assert.equal(entra.sign_in_audience, 'AzureADMyOrg');
  const [app] = await resources('azurerm_container_app');
  assert.equal(app.template[0].min_replicas, '${var.replicas}');
  assert.ok(app.template[0].termination_grace_period_seconds > 20, 'draining takes up to 20 s');
  assert.equal(app.ingress[0].allow_insecure_connections, false);
  const [container] = app.template[0].container;
  assert.deepEqual(['startup_probe', 'liveness_probe', 'readiness_probe'].map((probe) => container[probe][0].path), ['/livez', '/livez', '/readyz']);
});

test('the database is private, wants TLS, and is not lost by accident', async () => {
  const [server] = await resources('azurerm_postgresql_flexible_server');
  assert.ok(Number(server.version) >= 15);
  assert.equal(server.public_network_access_enabled, false);
  assert.equal(server.lifecycle[0].prevent_destroy, true);
  const settings = await resources('azurerm_postgresql_flexible_server_configuration');
  assert.ok(settings.some((one) => one.name === 'require_secure_transport' && one.value === 'on'));
  const [app] = await resources('azurerm_container_app');
  const url = app.template[0].container[0].env.find((one) => one.name === 'ONBOARD_BOT__STORE__URL').value;
  assert.match(url, /\?sslmode=verify-full$/);
});

test('configuration, vault and container speak of the same secrets', async () => {
  const { locals } = await parsed(folder, 'vault.tf');
  const names = [...JSON.stringify(locals).matchAll(/[a-z-]+-(?:password|secret|key|token)\b/g)].map(([name]) => name).sort();
  const asked = [...read('azure', 'onboard-bot.toml').matchAll(/"file:\/mnt\/onboard-bot\/([a-z-]+)"/g)].map(([, name]) => name);
  assert.deepEqual(names, [...asked, 'postgres-password'].sort());
});

test('the example of values names what has no default', async () => {
  const { variable } = await parsed(folder, 'variables.tf');
  const needed = Object.entries(variable).filter(([, [body]]) => !('default' in body)).map(([name]) => name).sort();
  const given = [...read('azure', 'terraform.tfvars.example').matchAll(/^(\w+)/gm)].map(([, name]) => name);
  const apart = ['configuration', 'secrets']; // given by TF_VAR_…
  assert.deepEqual(needed.filter((name) => !apart.includes(name)), needed.filter((name) => given.includes(name)));
  assert.deepEqual(given.filter((name) => !(name in variable)), []);
});

test('the way through it names what these files make', async () => {
  const text = read('azure', 'README.md');
  const { output } = await parsed(folder, 'outputs.tf');
  for (const [, name] of text.matchAll(/terraform output -raw (\w+)/g)) assert.ok(name in output, name);
  for (const [, type, name] of text.matchAll(/-target=(\w+)\.(\w+)/g)) {
    const files = readdirSync(folder).filter((file) => file.endsWith('.tf'));
    const trees = await Promise.all(files.map((file) => parsed(folder, file)));
    assert.ok(trees.some((tree) => tree.resource?.[type]?.[name]), `${type}.${name}`);
  }
});
