// The programs of this folder against everything that `countersign dev` starts, over a real connection.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Inbox, start } from "./dev.mjs";
import { enroll } from "./enroll.mjs";
import { ask, login, open, status } from "./login.mjs";
import { records } from "./records.mjs";

const policy = `platforms:
  acme: {factors: [totp, email], require_sealed: false}
  globex: {factors: [totp, email], require_sealed: true}
`;
const globex = { PLATFORM: "globex", NATS_USER: "globex", NATS_PASSWORD: "globex" };
const wrong = (code) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");

let countersign, inbox, nc;
before(async () => {
  countersign = await start(policy);
  inbox = new Inbox(countersign.http);
  process.env.NATS_URL = countersign.nats;
  nc = await open();
}, { timeout: 300_000 });
after(async () => {
  await nc?.close();
  await countersign?.stop();
});

// run starts a program as a reader would and types what answer says at each prompt; it returns all that was printed.
async function run(program, args, answer, env = {}) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url)), ...args], {
    env: { ...process.env, NATS_URL: countersign.nats, ...env }, stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  const hear = async (text) => {
    said += text;
    if (said.endsWith("Code: ")) child.stdin.write(`${await answer()}\n`);
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  await new Promise((done) => child.once("close", done));
  return said;
}

// member enrolls a user with an address of their own.
async function member(user) {
  const address = `${user}@example.com`;
  const end = await enroll(nc, user, address, () => inbox.code(address));
  assert.equal(end.event, "enrollment.activated");
  return address;
}

// deaf is a connection on which no event is ever heard.
const deaf = () => new Proxy(nc, {
  get: (on, name) => (name === "subscribe" ? () => on.subscribe("mfa.acme.out.no.body.hears") : bound(on, name)),
});
const bound = (on, name) => (typeof on[name] === "function" ? on[name].bind(on) : on[name]);

test("a user enrolls and signs in with the programs as they stand", { timeout: 30_000 }, async () => {
  const code = () => inbox.code("ann@example.com");
  assert.match(await run("enroll.mjs", ["ann", "ann@example.com"], code), /enrollment\.activated/);
  let right;
  const answers = [async () => wrong((right = await code())), () => right];
  const said = await run("login.mjs", ["ann"], () => answers.shift()());
  assert.match(said, /wrong_code[^]*Open the session\./);
});

test("a platform that must seal enrolls and signs in sealed", { timeout: 30_000 }, async () => {
  const code = () => inbox.code("bob@example.com");
  assert.match(await run("enroll.mjs", ["bob", "bob@example.com", "--seal"], code, globex), /enrollment\.activated/);
  assert.match(await run("login.mjs", ["bob", "--seal"], code, globex), /Open the session\./);
});

test("a platform that must seal is told so when it does not", { timeout: 30_000 }, async () => {
  const said = await run("enroll.mjs", ["cid", "cid@example.com"], () => assert.fail("no code is asked for"), globex);
  assert.match(said, /code: 'invalid'[^]*field: 'email'[^]*sealed_email/);
});

test("a credential of another platform is told what it may not do", { timeout: 30_000 }, async () => {
  const said = await run("login.mjs", ["ann"], () => assert.fail("no code is asked for"), { PLATFORM: "globex" });
  assert.match(said, /Permissions Violation for Subscription to "(mfa|_INBOX)\.globex\./);
});

test("a user without a factor passes by the waiver", async () => {
  const end = await login(nc, "dan", () => assert.fail("no code is asked for"));
  assert.deepEqual([end.event, end.passed], ["challenge.waived", true]);
});

test("a waiver that comes too late opens nothing", async (t) => {
  const later = Date.now() + 121_000;
  t.mock.method(Date, "now", () => later);
  const end = await login(nc, "kim", () => assert.fail("no code is asked for"));
  assert.deepEqual([end.event, end.passed], ["challenge.waived", false]);
});

test("logins of one user at the same time have an answer each", { timeout: 30_000 }, async () => {
  await member("lea");
  const ids = ["lea-1", "lea-2", "lea-3"];
  const answers = await Promise.all(ids.map((login_id) => ask(nc, "login.started", { user: "lea", login_id })));
  assert.deepEqual(answers.map((answer) => answer.login_id), ids);
});

test("wrong codes end the login, and then the right one opens nothing", { timeout: 30_000 }, async () => {
  const address = await member("eve");
  let right, challenge_id;
  const guess = async (last) => {
    ({ challenge_id } = last);
    return wrong((right ??= await inbox.code(address)));
  };
  const end = await login(nc, "eve", guess);
  assert.deepEqual([end.event, end.attempts_left, end.passed], ["attempt.rejected", 0, false]);
  const late = await ask(nc, "attempt.submitted", { user: "eve", challenge_id, code: right });
  assert.deepEqual([late.event, late.reason], ["attempt.rejected", "too_many_attempts"]);
});

test("a login whose answers are all lost ends as the primary record says", { timeout: 30_000 }, async () => {
  const address = await member("fay");
  const codes = [async () => wrong((right = await inbox.code(address))), () => right];
  let right;
  const end = await login(deaf(), "fay", () => codes.shift()(), { patience: 300 });
  assert.deepEqual([end.state, end.event, end.passed, codes.length], ["accepted", "attempt.accepted", true, 0]);
});

test("silence about a login that nobody knows is no", async () => {
  const end = await login(deaf(), "gus", () => assert.fail("no code is asked for"), { patience: 100 });
  assert.deepEqual([end.state, end.event, end.passed], ["unknown", undefined, false]);
});

test("another replica finds out where a login stands", { timeout: 30_000 }, async () => {
  await member("hal");
  const begun = await ask(nc, "login.started", { user: "hal", login_id: "hal-1" });
  const other = await open();
  const { state, challenge_id } = await status(other, "hal", "hal-1");
  await other.close();
  assert.deepEqual([state, challenge_id], ["challenged", begun.challenge_id]);
});

test("an event that is sent again is answered as before, and its id never names another", { timeout: 30_000 }, async () => {
  await member("ida");
  const started = { user: "ida", login_id: "ida-1" };
  const first = await ask(nc, "login.started", started, { id: "once" });
  assert.equal(first.event, "challenge.issued");
  assert.deepEqual(await ask(nc, "login.started", started, { id: "once" }), first);
  const other = await ask(nc, "login.started", { user: "ida", login_id: "ida-2" }, { id: "once" });
  assert.deepEqual([other.event, other.code, other.field], ["request.rejected", "invalid", "ce-id"]);
  const again = await ask(nc, "login.started", started);
  assert.deepEqual([again.challenge_id, again.sending], [first.challenge_id, false]);
});

test("the durable has every event of the platform", { timeout: 30_000 }, async () => {
  await login(nc, "jon", () => assert.fail("no code is asked for"), { login_id: "jon-1" });
  const found = new AbortController();
  const kept = [];
  await records(nc, (record) => {
    kept.push(record.type);
    if (record.data.login_id === "jon-1") found.abort();
  }, found.signal);
  assert.equal(kept.at(-1), "countersign.challenge.waived.v1");
});
