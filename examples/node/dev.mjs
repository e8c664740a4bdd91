// Runs `countersign dev` for the tests: ports and a folder of its own, gone when stop is called.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../cmd/countersign", import.meta.url));

// start returns the addresses of the bus and the inbox when everything is ready. policy is the text of policy.yaml.
export async function start(policy) {
  const folder = mkdtempSync(join(tmpdir(), "countersign-node-"));
  writeFileSync(join(folder, "policy.yaml"), policy);
  const child = spawn(binary(folder), ["dev", "--nats", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.once("exit", () => child.kill("SIGKILL")); // also when a test throws everything away
  const ended = new Promise((done) => child.once("exit", done));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true });
  };
  try {
    return { ...(await addresses(child, ended)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// binary is the one that COUNTERSIGN_BIN names, else it is built from the sources as they stand.
function binary(folder) {
  if (process.env.COUNTERSIGN_BIN) return process.env.COUNTERSIGN_BIN;
  const built = join(folder, "countersign");
  execFileSync("go", ["build", "-buildvcs=false", "-o", built, "."], { cwd: command, stdio: "inherit" });
  return built;
}

async function addresses(child, ended) {
  let said = "";
  child.stdout.setEncoding("utf8");
  const ready = new Promise((found) => {
    child.stdout.on("data", (text) => {
      said += text;
      const [nats, http] = [/nats:\/\/[\d.]+:\d+/, /http:\/\/[\d.]+:\d+/].map((address) => said.match(address)?.[0]);
      if (nats && http) found({ nats, http });
    });
  });
  const where = await Promise.race([ready, ended]);
  if (!where?.nats) throw new Error(`countersign dev ended with ${where}`);
  return where;
}

// An Inbox hands out the codes of each address in the order in which they came.
export class Inbox {
  #read = new Map();

  constructor(http) {
    this.http = http;
  }

  async code(address) {
    const nth = this.#read.get(address) ?? 0;
    this.#read.set(address, nth + 1);
    for await (const _ of setInterval(20)) {
      const all = await (await fetch(`${this.http}/inbox.json`)).json();
      const codes = all.filter((message) => message.to === address).flatMap(({ text }) => text.match(/\b\d{6}\b/) ?? []); // notices have none
      if (codes[nth]) return codes[nth];
    }
  }
}
