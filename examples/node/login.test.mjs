// The programs of this folder against everything that `countersign dev` starts, over a real connection.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setInterval } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { jetstream } from "@nats-io/jetstream";
import { Inbox, start } from "./dev.mjs";
import { enroll } from "./enroll.mjs";
import { ask, login, open, platform, status } from "./login.mjs";
import { commands, fits } from "./page.mjs";
import { records } from "./records.mjs";
import { sealed } from "./seal.mjs";

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

// losing is a connection that loses each answer at the moment at which it comes.
const losing = () => new Proxy(nc, {
  get: (on, name) => (name === "subscribe" ? (subject) => muted(on, subject) : bound(on, name)),
});
const bound = (on, name) => (typeof on[name] === "function" ? on[name].bind(on) : on[name]);

function muted(on, subject) {
  const mute = on.subscribe("mfa.acme.out.no.body.hears");
  const heard = on.subscribe(subject, {
    callback: (_, m) => {
      if (!/\.(challenge|attempt)\./.test(m.subject)) return;
      heard.unsubscribe();
      mute.unsubscribe();
    },
  });
  return mute;
}

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
  const end = await login(losing(), "fay", () => codes.shift()());
  assert.deepEqual([end.state, end.event, end.passed, codes.length], ["accepted", "attempt.accepted", true, 0]);
});

test("a lost waiver of which no record is kept is no", async () => {
  const end = await login(losing(), "gus", () => assert.fail("no code is asked for"));
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

// recorded hands records to keep until one of that login is kept, and returns what came.
async function recorded(login_id, keep = () => {}) {
  const stop = new AbortController();
  const came = [];
  await records(nc, (record) => {
    came.push(`${record.type} ${record.data.login_id}`);
    keep(record);
    if (record.data.login_id === login_id) stop.abort();
  }, stop.signal);
  await nc.flush(); // the acknowledgements are out
  return came;
}

test("the durable has every event until it is kept, and then not again", { timeout: 30_000 }, async () => {
  await login(nc, "jon", () => assert.fail("no code is asked for"), { login_id: "jon-1" });
  let failed = false;
  const came = await recorded("jon-1", ({ data }) => {
    if (data.login_id !== "jon-1" || failed) return;
    failed = true;
    throw new Error("the disk is full");
  });
  const waiver = "countersign.challenge.waived.v1 jon-1";
  assert.equal(came.filter((one) => one === waiver).length, 2);
  await login(nc, "jon", () => assert.fail("no code is asked for"), { login_id: "jon-2" });
  assert.equal((await recorded("jon-2")).includes(waiver), false);
  const durable = await jetstream(nc).consumers.get("MFA_OUT", platform);
  for await (const _ of setInterval(20)) if ((await durable.info()).ack_floor.stream_seq > 0) break;
});

test("an attempt that is sent again counts once, also when it is sealed anew", { timeout: 30_000 }, async () => {
  const address = await member("mia");
  const { challenge_id } = await ask(nc, "login.started", { user: "mia", login_id: "mia-1" });
  const code = await inbox.code(address);
  const place = { platform, user: "mia", type: "countersign.attempt.submitted.v1", id: challenge_id, field: "code" };
  const submit = async (id, text) =>
    ask(nc, "attempt.submitted", { user: "mia", challenge_id, ...(await sealed(nc, place, text)) }, { id });
  const left = [(await submit("a", wrong(code))).attempts_left, (await submit("a", wrong(code))).attempts_left];
  assert.deepEqual(left, [4, 4]);
  const accepted = await submit("b", code);
  assert.equal(accepted.event, "attempt.accepted");
  assert.deepEqual(await submit("b", code), accepted);
});

test("a user of whom nothing can be read is answered at the key -", { timeout: 30_000 }, async () => {
  const heard = nc.subscribe("mfa.acme.out.request.rejected.-", { max: 1 });
  assert.equal(await ask(nc, "login.started", { login_id: "nobody" }, { patience: 100 }), undefined);
  for await (const m of heard) assert.equal(m.json().field, "user");
});

// heardAfter publishes a text as the command line does and returns the event that answers it.
async function heardAfter(subject, text, id) {
  const heard = nc.subscribe("mfa.acme.out.>");
  await nc.flush();
  await jetstream(nc).publish(subject, text);
  for await (const m of heard) {
    if (m.headers.get("ce-causationid") === id) return { ...m.json(), type: m.headers.get("ce-type") };
  }
}

test("the lines of docs/integrate.md for the nats command line do what it says", { timeout: 30_000 }, async () => {
  let last = {};
  let recovery_id;
  for (const { verb, subject, body, answer } of commands) {
    const code = body.includes('"CODE"') ? await inbox.code("u-7@example.com") : "";
    const id = randomUUID();
    const text = body.replace("{{ID}}", id).replace("{{TimeStamp}}", new Date().toISOString()).replace('"CODE"', `"${code}"`)
      .replace("ENROLLMENT_ID", last.enrollment_id).replace("CHALLENGE_ID", last.challenge_id)
      .replace("RECOVERY_ID", recovery_id);
    if (verb === "req") {
      fits(`${subject.replace("mfa.acme.rpc.", "countersign.")}.answer`, (await nc.request(subject, text)).json());
    } else {
      last = await heardAfter(subject, text, id);
      recovery_id = last.recovery_id ?? recovery_id;
      assert.equal(last.type, `countersign.${answer}.v1`);
    }
  }
});
