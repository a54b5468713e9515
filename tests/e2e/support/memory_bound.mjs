// So many MiB, in bytes, as a bound of what a server may hold. With a sanitizer it holds more, for what was freed is kept for a while.
const times = Number(process.env.TIDEWIRE_TEST_MEMORY ?? 1);

export const memoryBound = (mebibytes) => mebibytes * 1_048_576 * times;
