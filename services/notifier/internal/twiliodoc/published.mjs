// published.json is a part of the OpenAPI document that Twilio publishes of its API, as the package of its command line brings it: what sending and
// listing texts needs, without descriptions and examples. It stands here so that tests need no network. npm test says whether it still is that part;
// npm run renew writes it anew. The package is not installed, because of all that it depends on: it is packed, and its sum is compared.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';

const here = import.meta.dirname;
const {published} = JSON.parse(readFileSync(join(here, 'package.json')));
const paths = ['/2010-04-01/Accounts/{AccountSid}/Messages.json'];
const prose = new Set(['description', 'summary', 'example', 'examples', 'externalDocs', 'tags', 'headers', 'x-twilio']);

function read(files) {
  const folder = mkdtempSync(join(tmpdir(), 'twilio-'));
  try {
    const name = `${published.package}@${published.version}`;
    const [packed] = JSON.parse(execFileSync('npm', ['pack', name, '--json', '--prefer-offline', '--pack-destination', folder], {cwd: here, stdio: ['ignore', 'pipe', 'ignore']}));
    if (packed.integrity !== published.integrity) {
      throw new Error(`${name} has the sum ${packed.integrity}, not ${published.integrity}`);
    }
    const tar = join(folder, packed.filename);
    return files.map((file) => execFileSync('tar', ['-xzOf', tar, `package/${file}`], {maxBuffer: 64 << 20}).toString());
  } finally {
    rmSync(folder, {recursive: true});
  }
}

// shape leaves prose out. A property may be named as prose is: names of properties stay.
function shape(value, named) {
  if (Array.isArray(value)) {
    return value.map((one) => shape(one));
  }
  if (value === null || typeof value !== 'object') {
    return value;
  }
  const kept = Object.entries(value).filter(([key]) => named || !prose.has(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, shape(inner, key === 'properties' && !named)]));
}

function references(value, found = new Set()) {
  if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) {
      if (key === '$ref') {
        found.add(inner.slice('#/components/schemas/'.length));
      }
      references(inner, found);
    }
  }
  return found;
}

function part(whole) {
  const kept = Object.fromEntries(paths.map((path) => [path, shape(whole.paths[path])]));
  for (const path of paths) {
    for (const operation of Object.values(kept[path])) {
      for (const response of Object.values(operation.responses ?? {})) {
        response.description = ''; // OpenAPI wants one
      }
    }
  }
  const schemas = {};
  for (let missing = [...references(kept)]; missing.length > 0; missing = [...references(schemas)].filter((name) => !(name in schemas))) {
    for (const name of missing) {
      schemas[name] = shape(whole.components.schemas[name]);
    }
  }
  const {title, version, license} = whole.info;
  return {
    openapi: whole.openapi,
    info: {title, version, license, 'x-part-of': `${published.package} ${published.version}, without descriptions and examples`},
    servers: whole.servers,
    paths: kept,
    components: {schemas, securitySchemes: whole.components.securitySchemes},
  };
}

const [document, license] = read(['src/services/twilio-api/twilio_api_v2010.json', 'LICENSE']);
const files = {'published.json': JSON.stringify(part(JSON.parse(document)), null, 1) + '\n', 'LICENSE.txt': license};
let different = 0;
for (const [file, content] of Object.entries(files)) {
  if (process.argv.includes('--renew')) {
    writeFileSync(join(here, file), content);
  } else if (readFileSync(join(here, file), 'utf8') !== content) {
    console.error(`${file} is not the published one`);
    different++;
  }
}
if (different > 0) {
  console.error('  remedy: npm run renew, in services/notifier/internal/twiliodoc');
  process.exit(1);
}
