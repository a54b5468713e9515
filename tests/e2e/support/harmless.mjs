// Text that a terminal only writes down.
import assert from "node:assert/strict";

// Control characters but the line break, and what turns text round.
const harmful = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

export function assertHarmless(text) {
  const found = harmful.exec(text);
  assert.equal(found, null, `U+${found?.[0].codePointAt(0).toString(16)} in ${JSON.stringify(text)}`);
}
