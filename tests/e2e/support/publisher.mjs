// Publishing through crashes: the same request again until it is acknowledged.
import { setTimeout as delay } from "node:timers/promises";
import { call, eventsPath } from "./http.mjs";

export const retryMs = 25;
const giveUpMs = 60_000;

// Nobody answers any more: a test that has failed must come to its end.
function assertThere(server, what) {
  if (server.over) throw new Error(`${what}: the server is gone for good`);
}

// What is neither an acknowledgement nor a refusal for good: the outcome is unknown, the same id may be sent again.
const isUnknown = ({ status, body }) =>
  status >= 500 || status === 429 || (status === 409 && body.type === "/problems/idempotency-in-flight");

// Any request that carries an idempotency key, until its outcome is known.
export async function callUntilAnswered(server, method, target, options) {
  const deadline = performance.now() + giveUpMs;
  for (;;) {
    assertThere(server, `${method} ${target}`);
    const attempt = await call(server, method, target, options).catch(() => null);
    if (attempt && !isUnknown(attempt)) return attempt;
    if (performance.now() > deadline) throw new Error(`${method} ${target}: not answered within ${giveUpMs} ms`);
    await delay(retryMs);
  }
}

// One attempt: {status, body}, or null if the connection was lost before an answer.
export async function publishOnce(server, room, items, headers = {}) {
  assertThere(server, `publish to ${room}`);
  try {
    return await call(server, "POST", eventsPath(room), { body: items, headers });
  } catch {
    return null;
  }
}

// Every item must carry an idempotency key (or be a CloudEvent, whose source and id are one). Answers {answer, refusals}: what the server
// answered in the end, and the problems that it answered before.
export async function publishUntilAcknowledged(server, room, items, headers = {}) {
  const deadline = performance.now() + giveUpMs;
  const refusals = [];
  for (;;) {
    const attempt = await publishOnce(server, room, items, headers);
    if (attempt?.status === 200) return { answer: attempt.body, refusals };
    if (attempt && !isUnknown(attempt)) throw new Error(`publish to ${room}: ${attempt.status} ${JSON.stringify(attempt.body)}`);
    if (attempt) refusals.push(attempt);
    if (performance.now() > deadline) throw new Error(`publish to ${room}: not acknowledged within ${giveUpMs} ms`);
    await delay(retryMs);
  }
}
