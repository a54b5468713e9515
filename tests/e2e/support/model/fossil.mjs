// Applies a Fossil delta (https://fossil-scm.org/home/doc/trunk/www/delta_format.wiki) to a text.

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";

// The sum of big-endian words of 32 bits, the last one filled up with zeros.
function checksum(bytes) {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 1) sum = (sum + bytes[at] * 2 ** (8 * (3 - (at % 4)))) % 2 ** 32;
  return sum;
}

export function applyFossilDelta(base, delta) {
  const source = Buffer.from(base);
  const given = Buffer.from(delta);
  const pieces = [];
  let at = 0;
  const character = () => String.fromCharCode(given[at++]);
  const number = () => {
    let value = 0;
    for (let digit; at < given.length && (digit = digits.indexOf(String.fromCharCode(given[at]))) >= 0; at += 1) value = value * 64 + digit;
    return value;
  };
  const length = number();
  if (character() !== "\n") throw new Error(`no delta: ${delta}`);
  while (at < given.length) {
    const count = number();
    const operation = character();
    if (operation === "@") {
      const from = number();
      if (character() !== "," || from + count > source.length) throw new Error(`a delta of another base: ${delta}`);
      pieces.push(source.subarray(from, from + count));
    } else if (operation === ":") {
      pieces.push(given.subarray(at, (at += count)));
    } else if (operation === ";") {
      const made = Buffer.concat(pieces);
      if (made.length !== length || checksum(made) !== count) throw new Error(`a delta of another base: ${delta}`);
      return made.toString();
    } else {
      throw new Error(`no delta: ${delta}`);
    }
  }
  throw new Error(`a delta without end: ${delta}`);
}
