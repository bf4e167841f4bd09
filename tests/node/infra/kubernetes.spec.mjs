// infra/kubernetes: every manifest obeys Kubernetes' own schemas, strictly, and keeps what was promised.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import YAML from 'yaml';
import { infra, read, run, spoiled, tool } from './files.mjs';

const folder = path.join(infra, 'kubernetes');
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
const manifests = Object.fromEntries(names.map((name) => [name.replace('.yaml', ''), YAML.parse(read('kubernetes', name))]));
const kustomization = YAML.parse(read('kubernetes', 'kustomization.yaml'));
const { deployment, service, poddisruptionbudget, networkpolicy, serviceaccount } = manifests;
const pod = deployment.spec.template.spec;
const [container] = pod.containers;

/** The oldest version that knows everything used here, and the newest that the package carries. */
const VERSIONS = ['1.30', '1.37'];

const judged = (files) => VERSIONS.map((version) => run(tool('python/bin/kubernetes-validate'), ['--strict', '--kubernetes-version', version, ...files]));

test('the schemas accept every manifest', () => {
  assert.ok(names.length >= 6);
  for (const { status, said } of judged(names.map((name) => path.join(folder, name)))) {
    assert.equal(status, 0, said);
    assert.equal(said.match(/passed for resource/g).length, names.length, said);
  }
});

for (const [file, from, to] of [
  ['deployment.yaml', 'readOnlyRootFilesystem', 'readOnlyRootFileSystem'],
  ['deployment.yaml', 'replicas: 3', 'replicas: three'],
  ['deployment.yaml', '  selector:\n    matchLabels:\n      app.kubernetes.io/name: onboard-bot\n  strategy', '  strategy'],
  ['poddisruptionbudget.yaml', 'maxUnavailable', 'maxUnavailble'],
  ['networkpolicy.yaml', 'port: 443', 'prot: 443'],
]) {
  test(`the schemas would notice ${JSON.stringify(to.trim())} in ${file}`, async () => {
    const [{ status, said }] = await spoiled('kubernetes', [file, from, to], (copy) => judged([path.join(copy, file)]));
    assert.notEqual(status, 0, said);
  });
}

test('kustomization.yaml lists every manifest that is no example, and nothing else', () => {
  assert.deepEqual([...kustomization.resources].sort(), names.filter((name) => !name.includes('.example.')).sort());
  for (const { files } of kustomization.configMapGenerator) files.forEach((name) => read('kubernetes', name));
});

test('no namespace and no secret stands in the set', () => {
  for (const [name, manifest] of Object.entries(manifests)) {
    assert.notEqual(manifest.kind, 'Secret', name);
    assert.equal(manifest.metadata.namespace, undefined, name);
  }
  assert.match(read('kubernetes', 'secret.example.env'), /^(#.*\n|[a-z-]+=\n)+$/, 'keys without values');
});

test('the container has no rights: not root, read-only, no capability, no token', () => {
  assert.equal(pod.securityContext.runAsNonRoot, true);
  assert.ok(pod.securityContext.runAsUser > 0);
  assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault');
  assert.deepEqual(container.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
  assert.equal(pod.automountServiceAccountToken, false);
  assert.equal(serviceaccount.automountServiceAccountToken, false);
  assert.ok(container.volumeMounts.every((mount) => mount.readOnly), 'nothing is writable');
  assert.equal(pod.hostNetwork ?? pod.hostPID ?? pod.hostIPC, undefined);
});

test('an update and an eviction leave webhooks answered', () => {
  assert.ok(deployment.spec.replicas >= 2);
  assert.deepEqual(deployment.spec.strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 });
  assert.ok(poddisruptionbudget.spec.maxUnavailable < deployment.spec.replicas);
  assert.ok(pod.terminationGracePeriodSeconds >= 20 + container.lifecycle.preStop.sleep.seconds + 5, 'draining takes up to 20 s');
  const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe].httpGet.path);
  assert.deepEqual(probes, ['/livez', '/livez', '/readyz']);
  assert.ok(container.resources.requests.memory && container.resources.limits.memory);
});

test('all selectors find the pods, all port names the port', () => {
  const labels = deployment.spec.template.metadata.labels;
  const selectors = [deployment.spec.selector.matchLabels, service.spec.selector, poddisruptionbudget.spec.selector.matchLabels,
    networkpolicy.spec.podSelector.matchLabels, ...pod.topologySpreadConstraints.map((one) => one.labelSelector.matchLabels)];
  for (const selector of selectors) assert.deepEqual(selector, labels);
  const [port] = container.ports;
  assert.equal(service.spec.ports[0].targetPort, port.name);
  assert.equal(networkpolicy.spec.ingress[0].ports[0].port, port.containerPort);
  const backend = manifests['ingress.example'].spec.rules[0].http.paths[0].backend.service;
  assert.deepEqual([backend.name, backend.port.name], [service.metadata.name, service.spec.ports[0].name]);
  assert.equal(pod.serviceAccountName, serviceaccount.metadata.name);
});

test('only DNS, HTTPS and PostgreSQL leave the pods', () => {
  const ports = networkpolicy.spec.egress.flatMap((rule) => rule.ports.map((one) => one.port));
  assert.deepEqual([...new Set(ports)].sort((a, b) => a - b), [53, 443, 5432]);
  assert.deepEqual(networkpolicy.spec.policyTypes, ['Ingress', 'Egress']);
});

test('configuration, Secret and mounts speak of the same files', () => {
  const mounted = Object.fromEntries(container.volumeMounts.map((mount) => [mount.name, mount.mountPath]));
  const config = pod.volumes.find((volume) => volume.configMap);
  const secret = pod.volumes.find((volume) => volume.secret);
  assert.equal(config.configMap.name, kustomization.configMapGenerator[0].name);
  assert.equal(container.args.at(-1), `${mounted[config.name]}/${kustomization.configMapGenerator[0].files[0]}`);
  const keys = [...read('kubernetes', 'secret.example.env').matchAll(/^([a-z-]+)=/gm)].map(([, key]) => key);
  const named = [...read('kubernetes', 'onboard-bot.toml').matchAll(/"file:([^"]+)"/g)].map(([, file]) => file);
  assert.deepEqual(named.map((file) => path.dirname(file)), named.map(() => mounted[secret.name]));
  const password = container.env.find((one) => one.name === 'PGPASSWORD').valueFrom.secretKeyRef;
  assert.equal(password.name, secret.secret.secretName);
  assert.deepEqual(keys.sort(), [...named.map((file) => path.basename(file)), password.key].sort());
});
