// Waiting for something to become true, with a deadline: no test sleeps for luck.
import { setTimeout as delay } from "node:timers/promises";

const pollMs = 10;

// Resolves to the first true value of `condition` (which may be async); throws after `timeoutMs`, naming `what` (a text or a function).
export async function until(what, condition, timeoutMs = 30_000) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${typeof what === "function" ? what() : what}`);
    await delay(pollMs);
  }
}
