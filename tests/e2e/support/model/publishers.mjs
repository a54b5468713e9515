// Publishers at random: each sends one request after the other over HTTP and enters into the book what was acknowledged.
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { publishOnce, publishUntilAcknowledged, retryMs } from "../publisher.mjs";
import { randomOperation } from "./publications.mjs";

const batchMax = 8;

const item = ({ by, ...operation }, idempotent) => (idempotent ? { ...operation, idempotency_key: by } : operation);

export class Publisher {
  #requests = 0;

  // `progress.add(n)` hears of n changes that were made.
  constructor(server, book, name, random, progress) {
    Object.assign(this, { server, book, name, random, progress });
  }

  // That many changes, or a few more; then answers.
  async run(changes) {
    for (let made = 0; made < changes && !this.progress.stopped; ) {
      const by = `${this.name}/${++this.#requests}`;
      // What nobody knows the outcome of has to be found in the history: it must be there.
      if (this.book.keepsAll && this.random.below(8) === 0) made += await this.#publishBlindly(by);
      else made += await this.#publish(by);
    }
  }

  // All or nothing, and again until it is known.
  async #publish(by) {
    const count = this.random.below(3) === 0 ? this.random.between(2, batchMax) : 1;
    const operations = Array.from({ length: count }, (_, index) => ({
      ...randomOperation(this.random, `${by}.${index}`),
      by: `${by}.${index}`,
    }));
    const items = operations.map((each) => item(each, true));
    const body = count === 1 && this.random.below(2) === 0 ? items[0] : items;
    const { answer } = await publishUntilAcknowledged(this.server, this.book.room, body);
    this.book.acknowledge(operations, [answer].flat());
    if (this.random.below(12) === 0) await this.#repeat(body, answer);
    this.progress.add(count);
    return count;
  }

  // What was done already is answered as it was then.
  async #repeat(body, answer) {
    const again = await publishUntilAcknowledged(this.server, this.book.room, body);
    const answers = [answer, again.answer].map((each) => JSON.stringify(each));
    if (!isDeepStrictEqual(again.answer, answer))
      throw new Error(`${this.book.room}: ${JSON.stringify(body)} was answered ${answers.join(", then ")}`);
  }

  // Once, without an idempotency key.
  async #publishBlindly(by) {
    const operation = { ...randomOperation(this.random, by, { named: true }), by };
    const attempt = await publishOnce(this.server, this.book.room, item(operation, false));
    if (attempt?.status === 200) this.book.acknowledge([operation], [attempt.body]);
    else this.book.leaveOpen(operation);
    if (attempt?.status !== 200) await delay(retryMs);
    this.progress.add(1);
    return 1;
  }
}
