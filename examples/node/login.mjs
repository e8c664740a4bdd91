// The second factor of one login: node login.mjs USER [--seal]
import { createHash, randomUUID } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { jetstream } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";

export const platform = process.env.PLATFORM ?? "acme";

// A platform's credential hears replies below _INBOX.<platform>, and no others.
export function open() {
  const { NATS_URL: servers, NATS_USER: user, NATS_PASSWORD: pass } = process.env;
  return connect({ servers, user, pass, inboxPrefix: `_INBOX.${platform}` });
}

// userKey is the first 130 bits of SHA-256(platform, NUL, user) in base32.
export function userKey(platform, user) {
  const bits = BigInt("0x" + createHash("sha256").update(`${platform}\0${user}`).digest("hex")) >> 126n;
  return bits.toString(32).padStart(26, "0").replace(/./g, (digit) => "abcdefghijklmnopqrstuvwxyz234567"[parseInt(digit, 32)]);
}

// ask publishes an event and returns the one that answers it; undefined when none came in time.
export async function ask(nc, event, data, { id = randomUUID(), patience = 10_000 } = {}) {
  const heard = nc.subscribe(`mfa.${platform}.out.*.*.${userKey(platform, data.user)}`);
  const timer = setTimeout(() => heard.unsubscribe(), patience);
  try {
    await nc.flush(); // the answer may be faster than the acknowledgement: listen first
    const h = headers();
    const attributes = { specversion: "1.0", id, source: `/${platform}/web`, type: `countersign.${event}.v1` };
    for (const [name, value] of Object.entries(attributes)) h.set(`ce-${name}`, value);
    await jetstream(nc).publish(`mfa.${platform}.in.${event}`, JSON.stringify(data), { headers: h });
    for await (const m of heard) {
      if (m.headers?.get("ce-causationid") !== id) continue; // something else that happens to this user
      return { ...m.json(), event: m.headers.get("ce-type").split(".").slice(1, 3).join(".") };
    }
  } finally {
    clearTimeout(timer);
    heard.unsubscribe();
  }
}

// status asks the primary record: after a lost answer, or a restart. It returns the event that led to where the login stands.
export async function status(nc, user, login_id) {
  const reply = await nc.request(`mfa.${platform}.rpc.login.status`, JSON.stringify({ user, login_id }), { timeout: 5_000 });
  const code = reply.headers?.get("Nats-Service-Error");
  if (code) throw new Error(`login.status: ${code} ${reply.string()}`);
  const led = { challenged: "challenge.issued", accepted: "attempt.accepted", waived: "challenge.waived", closed: "challenge.closed" };
  const login = reply.json();
  return { ...login, event: led[login.state] };
}

export const inClear = (nc, place, text) => ({ [place.field]: text });

// login asks for codes until one is right or the challenge is over. Where passed is true, and nowhere else, a session may open.
export async function login(nc, user, askCode, { login_id = randomUUID(), hide = inClear } = {}) {
  const send = async (event, data) => (await ask(nc, event, data)) ?? status(nc, user, login_id);
  let last = await send("login.started", { user, login_id });
  const { challenge_id } = last;
  while (last.event === "challenge.issued" || (["wrong_code", "replayed", "locked"].includes(last.reason) && last.attempts_left > 0)) {
    const place = { platform, user, type: "countersign.attempt.submitted.v1", id: challenge_id, field: "code" };
    const code = await hide(nc, place, await askCode(last));
    last = await send("attempt.submitted", { user, challenge_id, ...code });
  }
  const endsWell = last.event === "attempt.accepted" || last.event === "challenge.waived";
  return { ...last, passed: endsWell && Date.now() < Date.parse(last.expires_at) };
}

if (process.argv[1] === import.meta.filename) {
  const [user, flag] = process.argv.slice(2);
  const nc = await open();
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const { sealed } = flag === "--seal" ? await import("./seal.mjs") : {};
  const askCode = (last) => terminal.question(`${last.reason ?? last.destination_hint ?? last.factor}. Code: `);
  const end = await login(nc, user, askCode, { hide: sealed });
  console.log(end.passed ? "Open the session." : "No session.", end);
  terminal.close();
  await nc.close();
}
