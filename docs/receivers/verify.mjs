// Verifies webhooks from TacoHelp. Node.js 18 or newer, nothing to install.
//
//   const body = express.raw({ type: "application/json", limit: "1mb" });
//   app.post("/webhooks", body, (request, response) => {
//     verify(secret, request.headers, request.body); // throws unless the request is genuine
import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE = 5 * 60; // seconds

/**
 * Standard Webhooks: throws unless one of the signatures is genuine and fresh.
 * secret: whsec_…; headers: with names in lower case; body: the bytes as they came, not parsed.
 */
export function verify(secret, headers, body, now = Date.now() / 1000) {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  const signatures = headers["webhook-signature"];
  if (!id || !timestamp || !signatures) throw new Error("a webhook header is missing");
  if (!/^\d+$/.test(timestamp) || Math.abs(now - timestamp) > TOLERANCE) {
    throw new Error("the timestamp is not within 5 minutes of now");
  }
  const mac = createHmac("sha256", decodeSecret(secret)).update(`${id}.${timestamp}.`).update(body);
  const expected = `v1,${mac.digest("base64")}`;
  // Several while a secret is rotated. Versions other than v1 never match.
  if (!signatures.split(" ").some((signature) => equal(signature, expected))) {
    throw new Error("no signature matches");
  }
}

/** X-Webhook-Signature: simpler, but a request that someone recorded stays valid. */
export function verifySimple(secret, headers, body) {
  decodeSecret(secret);
  const expected = createHmac("sha256", secret).update(body).digest("hex");
  if (!equal(headers["x-webhook-signature"] ?? "", expected)) {
    throw new Error("no signature matches");
  }
}

// An empty key would let anybody sign.
function decodeSecret(secret) {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  if (key.length === 0 || secret !== `whsec_${key.toString("base64")}`) {
    throw new Error("the secret must be whsec_ and base64");
  }
  return key;
}

function equal(given, expected) {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

// --- Command line: node verify.mjs BODY_FILE, with secret and headers in the environment ---------

const { readFileSync, realpathSync } = await import("node:fs");
const { fileURLToPath } = await import("node:url");

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { WEBHOOK_SECRET = "", X_WEBHOOK_SIGNATURE, ...environment } = process.env;
  try {
    const body = readFileSync(process.argv[2] ?? "/dev/stdin");
    if (X_WEBHOOK_SIGNATURE !== undefined) {
      verifySimple(WEBHOOK_SECRET, { "x-webhook-signature": X_WEBHOOK_SIGNATURE }, body);
    } else {
      const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
      const value = (name) => environment[name.toUpperCase().replace("-", "_")];
      verify(WEBHOOK_SECRET, Object.fromEntries(names.map((name) => [name, value(name)])), body);
    }
    console.log("ok");
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
