// Reads docs/integrate.md and the schemas, for the tests.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import formats from "ajv-formats";

const root = new URL("../../", import.meta.url);
export const read = (path) => readFileSync(new URL(path, root), "utf8");
export const page = read("docs/integrate.md");

const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }));

// fits refuses what the schema refuses, and fields that the schema does not name: in a page they are typing errors.
export function fits(name, data) {
  const schema = JSON.parse(read(`pkg/events/asyncapi/schemas/${name}.json`));
  assert.ok(ajv.validate(schema, data), `${name}: ${ajv.errorsText()}`);
  const known = Object.keys(schema.properties ?? {});
  assert.deepEqual(Object.keys(data).filter((field) => !known.includes(field)), [], `fields that ${name} does not have`);
}

// blocks returns the page's code in one language: the line that it begins on, the words after the language, the text.
export function blocks(language) {
  const fence = new RegExp("^```" + language + "\\b *(.*)\n([^]*?)^```$", "gm");
  return [...page.matchAll(fence)].map((m) => ({ line: page.slice(0, m.index).split("\n").length, words: m[1], text: m[2] }));
}

// commands are the lines of the page that say something to the bus by the nats command line.
export const commands = blocks("sh").flatMap(({ text }) =>
  [...text.matchAll(/^acme (pub -J|req) (\S+) '([^']*)'(?:\n# terminal 1: (\S+?)(?:,|$))?/gm)]
    .map(([, verb, subject, body, answer]) => ({ verb, subject, body, answer })));
