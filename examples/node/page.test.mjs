// docs/integrate.md is held to the programs, the schemas and the tables that it speaks of.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { blocks, commands, fits, page, read } from "./page.mjs";

const catalogue = read("docs/events.md");

for (const { line, words, text } of blocks("json")) {
  test(`line ${line}: the JSON is what its schema says`, () => {
    const value = JSON.parse(text);
    if (value.specversion) fits(value.type, value.data);
    else fits(words, value);
  });
}

for (const { line, text } of blocks("js")) {
  test(`line ${line}: the program is that of a file here`, () => {
    const here = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".mjs") && !name.endsWith(".test.mjs"));
    const programs = here.map((name) => read(`examples/node/${name}`));
    assert.ok(programs.some((program) => program.includes(text)), "copy it from the file anew");
  });
}

test("login.mjs stands there whole", () => assert.ok(page.includes("```js\n" + read("examples/node/login.mjs") + "```")));

test("the command line's JSON is what its schema says, on the subject of its type", () => {
  assert.ok(commands.length >= 8);
  for (const { verb, subject, body } of commands) {
    const value = JSON.parse(body.replace("{{TimeStamp}}", "2026-03-01T10:00:00Z"));
    if (verb === "req") fits(subject.replace("mfa.acme.rpc.", "countersign.") + ".request", value);
    else fits(value.type, value.data);
    if (verb !== "req") assert.equal(subject, value.type.replace("countersign.", "mfa.acme.in.").replace(".v1", ""));
  }
});

// rows returns the cells of the table whose first column is called so, without code marks.
function rows(head) {
  const table = page.match(new RegExp(`^\\| .?${head}.? \\|.*\n\\|[-|]+\\|\n((?:\\|.*\n)+)`, "m"));
  return table[1].trimEnd().split("\n").map((row) => row.split("|").slice(1, -1).map((cell) => cell.replaceAll("`", "").trim()));
}

const words = (name, field) => JSON.parse(read(`pkg/events/asyncapi/schemas/${name}.json`)).properties[field].enum;
const firstCells = (head) => rows(head).flatMap(([cell]) => cell.split(", "));

test("the tables have every word that can come, and no other", () => {
  assert.deepEqual(firstCells("code"), words("countersign.request.rejected.v1", "code"));
  assert.deepEqual(firstCells("reason").sort(), words("countersign.attempt.rejected.v1", "reason").sort());
  assert.deepEqual(firstCells("state").sort(), words("countersign.login.status.answer", "state").sort());
});

test("the roles are those of the contract", () => {
  const may = {};
  for (const [, way, name, , roles] of catalogue.matchAll(/`mfa\.<platform>\.(in|rpc)\.([a-z_.]+)` · (roles?) ([a-z, ]+) ·/g)) {
    for (const role of roles.trim().split(", ")) ((may[role] ??= { in: [], rpc: [] })[way]).push(name);
  }
  const told = Object.fromEntries(rows("role").map(([role, publishes, asks]) => [role, { in: publishes.split(", "), rpc: asks.split(", ") }]));
  const sorted = (table) => Object.fromEntries(Object.entries(table).sort().map(([role, t]) => [role, { in: t.in.sort(), rpc: t.rpc.sort() }]));
  assert.deepEqual(sorted(told), sorted(may));
});

test("every event and question that the page names is in the catalogue", () => {
  const prose = page.replace(/^```[^]*?^```$/gm, "");
  const named = [...prose.matchAll(/`([a-z_]+\.[a-z_]+)`/g)].map((m) => m[1]).filter((name) => !/\.(go|json|mjs|py)$/.test(name));
  const known = new Set([...catalogue.matchAll(/^### ([a-z_]+\.[a-z_]+)$/gm)].map((m) => m[1]));
  assert.deepEqual([...new Set(named)].filter((name) => !known.has(name)), []);
});
