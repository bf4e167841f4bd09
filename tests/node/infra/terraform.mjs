// `terraform validate` without Terraform's registry: HashiCorp's own HCL parser reads the files, and every resource, argument,
// block and reference is held against the providers' schemas. Values that only a provider checks (a region, a size) are not judged.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from '@cdktf/hcl2json';
import { tool } from './files.mjs';

/** Arguments that Terraform itself gives to every resource. */
const META = new Set(['for_each', 'count', 'depends_on', 'lifecycle', 'provider']);

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

class Provider {
  constructor(file) {
    this.types = JSON.parse(readFileSync(file, 'utf8')).types;
    this.kinds = new Map();
    for (const type of Object.values(this.types)) {
      const found = /\/docs\/(resources|data-sources)\/\S+ (\w+)\}/.exec(type.docs?.summary ?? '');
      if (type.kind === 'class' && found) this.kinds.set(`${found[1]}/${found[2]}`, type);
    }
  }

  /** Arguments of a block by their Terraform name. */
  arguments(fqn) {
    const named = (property) => /#(\w+) /.exec(JSON.stringify(property.docs ?? {}))?.[1];
    return new Map(this.types[fqn].properties?.filter(named).map((property) => [named(property), property]));
  }

  property(fqn, name) {
    return this.types[fqn]?.properties?.find((property) => property.name === camel(name) || property.name === name);
  }
}

let loaded;
function providers() {
  loaded ??= new Map([['azurerm', 'provider-azurerm-14.23.1.json'], ['azuread', 'provider-azuread-14.3.1.json']].map(([name, file]) => [name, new Provider(tool(file))]));
  return loaded;
}

const isExpression = (value) => typeof value === 'string' && value.includes('${');

/** The element of a list of blocks, the block itself, or a plain kind. */
function shape(type) {
  if (type.primitive) return { plain: type.primitive };
  if (type.fqn) return type.fqn.startsWith('cdktf.') ? { plain: 'any' } : { block: type.fqn, many: false };
  if (type.collection) {
    const inner = shape(type.collection.elementtype);
    return inner.block && type.collection.kind === 'array' ? { ...inner, many: true } : { plain: type.collection.kind };
  }
  return shape(type.union.types.find((one) => one.fqn !== 'cdktf.IResolvable'));
}

const FITS = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  array: (value) => Array.isArray(value),
  map: (value) => typeof value === 'object' && !Array.isArray(value),
  any: () => true,
};

class Folder {
  constructor(folder) {
    this.folder = folder;
    this.wrong = [];
    this.declared = { resource: {}, data: {}, variable: {}, local: {} };
    this.used = new Set();
  }

  async read() {
    const trees = [];
    for (const file of readdirSync(this.folder).filter((name) => name.endsWith('.tf'))) {
      trees.push(await parse(file, readFileSync(path.join(this.folder, file), 'utf8')));
    }
    for (const tree of trees) {
      for (const kind of ['resource', 'data']) {
        for (const [type, all] of Object.entries(tree[kind] ?? {})) Object.assign(this.declared[kind][type] ??= {}, all);
      }
      Object.assign(this.declared.variable, tree.variable);
      for (const block of tree.locals ?? []) Object.assign(this.declared.local, block);
    }
    for (const tree of trees) {
      for (const kind of ['resource', 'data']) this.instances(kind, tree[kind] ?? {});
      for (const [name, blocks] of Object.entries(tree.provider ?? {})) this.block(providers().get(name), blocks[0], this.config(name), `provider ${name}`);
      this.references(tree, '');
    }
    for (const name of Object.keys(this.declared.variable)) {
      if (!this.used.has(`var.${name}`)) this.wrong.push(`var.${name} is never used`);
    }
    return this.wrong;
  }

  config(name) {
    return `@cdktf/provider-${name}.provider.${name[0].toUpperCase()}${name.slice(1)}ProviderConfig`;
  }

  instances(kind, all) {
    for (const [type, named] of Object.entries(all)) {
      const provider = providers().get(type.split('_')[0]);
      const known = provider?.kinds.get(`${kind === 'data' ? 'data-sources' : 'resources'}/${type}`);
      for (const [name, blocks] of Object.entries(named)) {
        if (!known) this.wrong.push(`${kind} ${type}.${name}: no such type`);
        else this.block(provider, blocks[0], `${known.fqn}Config`, `${type}.${name}`, true);
      }
    }
  }

  block(provider, body, fqn, where, outermost = false) {
    const known = provider.arguments(fqn);
    const given = new Map(Object.entries(body).filter(([name]) => name !== 'dynamic' && !(outermost && META.has(name))));
    for (const [name, blocks] of Object.entries(body.dynamic ?? {})) {
      given.set(name, [...(given.get(name) ?? []), ...blocks.flatMap((block) => block.content)]);
    }
    for (const [name, value] of given) {
      const property = known.get(name);
      if (!property) this.wrong.push(`${where}: no argument ${name}`);
      else this.value(provider, value, shape(property.type), `${where}.${name}`);
    }
    for (const [name, property] of known) {
      if (!property.optional && !given.has(name)) this.wrong.push(`${where}: ${name} is missing`);
    }
  }

  value(provider, value, { plain, block, many }, where) {
    if (isExpression(value)) return;
    if (plain) {
      if (!FITS[plain](value)) this.wrong.push(`${where}: ${JSON.stringify(value)} is no ${plain}`);
    } else if (!Array.isArray(value) || value.some((one) => typeof one !== 'object')) {
      this.wrong.push(`${where}: is a block`);
    } else if (!many && value.length > 1) {
      this.wrong.push(`${where}: at most one block`);
    } else {
      for (const one of value) this.block(provider, one, block, where);
    }
  }

  references(value, where) {
    if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) this.references(inner, where ? `${where}.${name}` : name);
      return;
    }
    if (!isExpression(value)) return;
    for (const [, kind, name] of value.matchAll(/\b(var|local)\.(\w+)/g)) {
      this.used.add(`${kind}.${name}`);
      if (!(name in this.declared[kind === 'var' ? 'variable' : 'local'])) this.wrong.push(`${where}: ${kind}.${name} is not declared`);
    }
    for (const [text, data, type, name, rest] of value.matchAll(/\b(data\.)?((?:azurerm|azuread)_\w+)\.(\w+)((?:\[[^\]]*\]|\.\w+)*)/g)) {
      const kind = data ? 'data' : 'resource';
      if (!this.declared[kind][type]?.[name]) this.wrong.push(`${where}: ${text} is not declared`);
      else this.attribute(kind, type, rest, `${where}: ${text}`);
    }
  }

  /** Follows `.ingress[0].fqdn` through what the provider gives back. */
  attribute(kind, type, rest, where) {
    const provider = providers().get(type.split('_')[0]);
    let fqn = provider.kinds.get(`${kind === 'data' ? 'data-sources' : 'resources'}/${type}`)?.fqn;
    for (const [, name] of rest.matchAll(/\.(\w+)/g)) {
      if (!fqn || !provider.types[fqn]) return;
      const property = provider.property(fqn, name);
      if (!property) {
        this.wrong.push(`${where}: gives no ${name}`);
        return;
      }
      fqn = property.type.fqn?.replace(/List$/, 'OutputReference');
    }
  }
}

/** Every complaint about the Terraform files of a folder. Throws when a file is not HCL. */
export const complaints = (folder) => new Folder(folder).read();

/** One file as JSON. */
export const parsed = (folder, file) => parse(file, readFileSync(path.join(folder, file), 'utf8'));
