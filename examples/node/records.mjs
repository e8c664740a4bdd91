// Prints what happened to the platform's users, each event once: node records.mjs
// It is for records, statistics and notices. An event from here never opens a session.
import { jetstream } from "@nats-io/jetstream";
import { open, platform } from "./login.mjs";

// records hands every event to keep, at least once, until signal aborts. One that keep throws at comes again.
export async function records(nc, keep, signal) {
  const durable = await jetstream(nc).consumers.get("MFA_OUT", platform);
  const messages = await durable.consume();
  signal?.addEventListener("abort", () => messages.stop());
  for await (const m of messages) {
    const [id, source, type] = ["ce-id", "ce-source", "ce-type"].map((name) => m.headers?.get(name));
    try {
      await keep({ id, source, type, data: m.json() }); // a repeat has the same source and id
      m.ack();
    } catch {
      m.nak(1_000);
    }
  }
}

if (process.argv[1] === import.meta.filename) {
  const nc = await open();
  const seen = new Set(); // in production a unique index over source and id
  await records(nc, ({ id, source, type, data }) => {
    if (seen.size < seen.add(`${source} ${id}`).size) console.log(type, data);
  });
}
