// Makes an email address the second factor of a user: node enroll.mjs USER EMAIL [--seal]
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { ask, inClear, open, platform } from "./login.mjs";

// enroll returns enrollment.activated, or whatever ended it. checked is when the platform last saw the user's password.
export async function enroll(nc, user, email, askCode, { hide = inClear, checked = new Date() } = {}) {
  const id = randomUUID();
  const place = { platform, user, type: "countersign.enrollment.requested.v1", id, field: "email" };
  let last = await ask(nc, "enrollment.requested", {
    user, factor: "email", ...(await hide(nc, place, email)), reauthenticated_at: checked.toISOString(),
  }, { id });
  const enrollment_id = last?.enrollment_id;
  while (last?.event === "secret.created" || (last?.reason === "wrong_code" && last.attempts_left > 0)) {
    const place = { platform, user, type: "countersign.enrollment.code_submitted.v1", id: enrollment_id, field: "code" };
    const code = await hide(nc, place, await askCode(last));
    last = await ask(nc, "enrollment.code_submitted", { user, enrollment_id, ...code });
  }
  return last;
}

if (process.argv[1] === import.meta.filename) {
  const [user, email, flag] = process.argv.slice(2);
  const nc = await open();
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const { sealed } = flag === "--seal" ? await import("./seal.mjs") : {};
  const askCode = (last) => terminal.question(`${last.reason ?? last.destination_hint}. Code: `);
  console.log(await enroll(nc, user, email, askCode, { hide: sealed }));
  terminal.close();
  await nc.close();
}
