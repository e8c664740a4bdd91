// The files in widget/ are part of the program and of this repository, so that a build needs no network. npm test says whether they are
// the published ones, byte for byte: npm ci has checked the package against the sum in package-lock.json. npm run renew writes them anew.
import {copyFileSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename, dirname, join} from 'node:path';
import process from 'node:process';

const here = import.meta.dirname;
const source = join(dirname(createRequire(import.meta.url).resolve('altcha/altcha.css')), '../..');
const files = ['LICENSE.txt', 'dist/external/altcha.css', 'dist/external/altcha.min.js', 'dist/workers/pbkdf2.js', 'dist/i18n/cs.js', 'dist/i18n/de.js'];

let different = 0;
for (const file of files) {
  const [published, ours] = [join(source, file), join(here, 'widget', basename(file))];
  if (process.argv.includes('--renew')) {
    copyFileSync(published, ours);
  } else if (!readFileSync(published).equals(readFileSync(ours))) {
    console.error(`widget/${basename(file)} is not the published one`);
    different++;
  }
}
if (different > 0) {
  console.error('  remedy: npm run renew, in services/recovery/internal/captcha/altcha');
  process.exit(1);
}
