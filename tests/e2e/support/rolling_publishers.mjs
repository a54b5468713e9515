// Publishers beside those of the ledger: Centrifugo's server API, streams of changes, and the official client over its connection.
import { once } from "node:events";
import http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { eventsPath } from "./http.mjs";
import { callUntilAnswered, retryMs } from "./publisher.mjs";
import { PlainSocket, connect, range } from "./subscriber.mjs";

const giveUpMs = 60_000;
const linesMax = 20; // of a stream
const linePauseMs = 2; // so that a stream is open for a while
const internalError = 100; // come again

export class ServerApiPublisher {
  constructor(ledger) {
    this.ledger = ledger;
  }

  async run(front, stopped) {
    for (let n = 1; !stopped(); n += 1) await this.#publish(front, `server-api/${n}`);
  }

  async #publish(front, id) {
    const body = { channel: this.ledger.room, data: { id }, idempotency_key: id };
    const deadline = performance.now() + giveUpMs;
    for (;;) {
      const answer = await callUntilAnswered(front, "POST", "/api/publish", { body });
      if (answer.body.result) return this.ledger.record("server-api", answer.body.result, { id });
      const again = answer.body.error?.code === internalError && performance.now() < deadline;
      if (!again) throw new Error(`/api/publish: ${answer.status} ${JSON.stringify(answer.body)}`);
      await delay(retryMs);
    }
  }
}

// Streams of some lines each. One that ends without the answer that all are applied is sent again, with the same ids.
export class StreamPublisher {
  constructor(ledger, chance) {
    this.ledger = ledger;
    this.chance = chance;
  }

  async run(front, stopped) {
    for (let n = 1; !stopped(); n += 1) {
      const ids = range(1, this.chance.between(1, linesMax)).map((line) => `ndjson/${n}/${line}`);
      await this.#publish(front, ids);
      for (const id of ids) this.ledger.applied.add(id);
    }
  }

  async #publish(front, ids) {
    const deadline = performance.now() + giveUpMs;
    for (;;) {
      const answer = await this.#attempt(front, ids).catch(() => null);
      if (answer?.status === 200 && answer.body.applied === ids.length) return;
      const unknown = !answer || answer.status >= 500 || answer.status === 429;
      if (!unknown || front.over || performance.now() > deadline) throw new Error(`a stream of changes: ${answer?.status} ${JSON.stringify(answer?.body)}`);
      await delay(retryMs);
    }
  }

  async #attempt(front, ids) {
    const headers = { "Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked" };
    const request = http.request(front.url + eventsPath(this.ledger.room), { method: "POST", headers });
    const answered = once(request, "response");
    answered.catch(() => {}); // told where it is awaited
    request.on("error", () => {});
    for (const id of ids) {
      if (request.destroyed || request.res) break;
      request.write(`${JSON.stringify({ data: { id }, idempotency_key: id })}\n`);
      await delay(linePauseMs);
    }
    request.end();
    const [response] = await answered;
    let text = "";
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode, body: response.statusCode === 200 ? JSON.parse(text) : text };
  }
}

// The official client publishes without ids, so what it was not told is never sent again.
export class SocketPublisher {
  unanswered = 0;

  constructor(ledger) {
    this.ledger = ledger;
  }

  async run(front, stopped) {
    const client = connect(front, { websocket: PlainSocket });
    for (let n = 1; !stopped(); n += 1) {
      const id = `socket/${n}`;
      this.ledger.attemptedBlindly.add(id);
      const told = await client.publish(this.ledger.room, { id }).then(
        () => true,
        () => false,
      );
      told ? this.ledger.applied.add(id) : (this.unanswered += 1);
      if (!told) await delay(retryMs);
    }
    client.disconnect();
  }
}
