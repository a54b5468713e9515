// Tokens as an application's backend would sign them: a compact JWS with HS256 (RFC 7515).
import { createHmac } from "node:crypto";

export function signToken(secret, claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
