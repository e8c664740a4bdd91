// What is derived here must be what the workers derive: the vectors are theirs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { userKey } from "./login.mjs";
import { seal, suite } from "./seal.mjs";

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../pkg/events/testdata/${name}.json`, import.meta.url)));
const hex = (text) => Buffer.from(text, "hex");

for (const v of vectors("seal")) {
  test(`sealed as the vector has it: ${v.name}`, async () => {
    const ephemeral = {
      privateKey: await suite.kem.deserializePrivateKey(hex(v.ephemeral_private_key)),
      publicKey: await suite.kem.deserializePublicKey(Buffer.from(v.sealed, "base64").subarray(0, 32)),
    };
    assert.equal(await seal(hex(v.public_key), v, v.text, { ekm: ephemeral }), v.sealed);
  });

  test(`opens in its own place alone: ${v.name}`, async () => {
    const recipientKey = await suite.kem.deserializePrivateKey(hex(v.private_key));
    const sealed = Buffer.from(await seal(hex(v.public_key), v, v.text), "base64");
    const open = async (aad) => {
      const box = { recipientKey, enc: sealed.subarray(0, 32), info: Buffer.from(v.info) };
      return Buffer.from(await suite.open(box, sealed.subarray(32), aad)).toString();
    };
    assert.equal(await open(hex(v.aad)), v.text);
    await assert.rejects(open(Buffer.from("elsewhere")));
  });
}

for (const v of vectors("userkeys")) {
  test(`user key of ${v.user.slice(0, 40)} on ${v.platform}`, () => assert.equal(userKey(v.platform, v.user), v.userkey));
}
