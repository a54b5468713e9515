// Applies a Fossil delta (https://fossil-scm.org/home/doc/trunk/www/delta_format.wiki): the size of the target and a line break, then
// commands: N@O, copies N bytes of the source from O; N:bytes inserts; N; ends with a checksum. Numbers are in base 64.

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
const values = new Map([...digits].map((digit, value) => [digit.charCodeAt(0), value]));

export function applyDelta(source: Uint8Array, delta: Uint8Array): Uint8Array {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let digit = values.get(delta[at] ?? 0); digit !== undefined; digit = values.get(delta[++at] ?? 0)) value = value * 64 + digit;
    return value;
  };
  const mark = (): string => String.fromCharCode(delta[at++] ?? 0);

  const target = new Uint8Array(number());
  if (mark() !== "\n") throw new Error("malformed delta: no size");
  let filled = 0;
  const append = (bytes: Uint8Array, size: number): void => {
    if (bytes.length !== size || filled + size > target.length) throw new Error("malformed delta: a piece is out of bounds");
    target.set(bytes, filled);
    filled += size;
  };
  while (at < delta.length) {
    const size = number();
    switch (mark()) {
      case "@": {
        const from = number();
        if (mark() !== ",") throw new Error("malformed delta: a copy without its end");
        append(source.subarray(from, from + size), size);
        break;
      }
      case ":":
        append(delta.subarray(at, at + size), size);
        at += size;
        break;
      case ";":
        if (filled !== target.length || size !== checksum(target)) throw new Error("the delta does not fit what it is applied to");
        return target;
      default:
        throw new Error("malformed delta: no such command");
    }
  }
  throw new Error("malformed delta: no end");
}

// The sum of all words of four bytes, big-endian, filled up with zeros.
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 1) sum = (sum + (bytes[at] ?? 0) * 2 ** (24 - 8 * (at % 4))) >>> 0;
  return sum;
}
