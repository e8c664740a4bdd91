// Hides a code, an address or a number on its way to the workers: HPKE (RFC 9180), base mode.
import { Chacha20Poly1305 } from "@hpke/chacha20poly1305";
import { CipherSuite, HkdfSha256 } from "@hpke/core";
import { DhkemX25519HkdfSha256 } from "@hpke/dhkem-x25519";

export const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Chacha20Poly1305() });

const bytes = (text) => new TextEncoder().encode(text);

// seal returns base64 of enc || ciphertext. The text opens only in its place: this platform, user, event, id and field.
export async function seal(publicKey, { platform, user, type, id, field }, text, forTests = {}) {
  const recipientPublicKey = await suite.kem.deserializePublicKey(publicKey);
  const sender = await suite.createSenderContext({ recipientPublicKey, info: bytes("countersign/v1"), ...forTests });
  const ciphertext = await sender.seal(bytes(text), bytes([platform, user, type, id, field].join("\0")));
  return Buffer.concat([Buffer.from(sender.enc), Buffer.from(ciphertext)]).toString("base64");
}

// sealed asks for the workers' newest key and returns the two fields that stand in place of the clear one.
export async function sealed(nc, place, text) {
  const reply = await nc.request(`mfa.${place.platform}.rpc.keys.public`, "{}", { timeout: 5_000 });
  const code = reply.headers?.get("Nats-Service-Error");
  if (code) throw new Error(`keys.public: ${code}`);
  const [newest] = reply.json().keys.sort((a, b) => Date.parse(b.not_after) - Date.parse(a.not_after));
  const publicKey = Buffer.from(newest.public_key, "base64");
  return { [`sealed_${place.field}`]: await seal(publicKey, place, text), sealed_key_id: newest.key_id };
}
