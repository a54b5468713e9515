// Credentials of every kind for a server that was started with `guardedConfig`.
import { createHash } from "node:crypto";
import { signToken } from "../../support/token.mjs";

export const secret = "a secret of at least thirty-two bytes";
export const hashOf = (key) => createHash("sha256").update(key).digest("hex");
export const list = (values) => `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;

// [[api_key]] of that name; its key is `key-<name>`.
export const keyOf = (name) => `key-${name}`;
export const apiKey = (name, scopes, rooms) =>
  `[[api_key]]\nname = "${name}"\nhash = "${hashOf(keyOf(name))}"\nscopes = ${list(scopes)}\nrooms = ${list(rooms)}\n`;

export const permission = (rooms, allow, more = "") => `[[permission]]\nrooms = ${list(rooms)}\nallow = ${list(allow)}\n${more}\n`;

export const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;
export const sign = (claims, by = secret) => signToken(by, { sub: "ann", exp: inSeconds(600), ...claims });
export const bearer = (token) => ({ Authorization: `Bearer ${token}` });
