// The publishers of the ledger test: each sends one request after the other and records what is acknowledged. All but the blind ones
// send a request whose outcome they do not know again, with the same id, until they know.
import { setTimeout as delay } from "node:timers/promises";
import { counterKey } from "./ledger.mjs";
import { entityPath } from "./http.mjs";
import { callUntilAnswered, publishOnce, publishUntilAcknowledged, retryMs } from "./publisher.mjs";
import { range } from "./subscriber.mjs";

const cloudEvent = { "Content-Type": "application/cloudevents+json" };
const replaysKept = 40; // requests of each publisher that are sent once more at the end

class Publisher {
  replays = []; // {body, headers, answer}

  constructor(name, ledger, chance) {
    this.name = name;
    this.ledger = ledger;
    this.chance = chance;
  }

  async run(server, stopped) {
    for (let sequence = 1; !stopped(); sequence += 1) await this.publish(server, `${this.name}/${sequence}`);
  }

  async #send(server, body, headers) {
    const { answer } = await publishUntilAcknowledged(server, this.ledger.room, body, headers);
    this.replays.push({ body, headers, answer });
    if (this.replays.length > replaysKept) this.replays.splice(this.chance.below(this.replays.length), 1);
    return answer;
  }

  // `items` and `expected` are lists of the same length.
  async acknowledge(server, items, expected, headers = {}) {
    const answer = await this.#send(server, items.length === 1 ? items[0] : items, headers);
    [answer].flat().forEach((each, index) => this.ledger.record(this.name, each, expected[index]));
  }
}

class PlainPublisher extends Publisher {
  publish(server, id) {
    return this.acknowledge(server, [{ data: { id }, idempotency_key: id }], [{ id }]);
  }
}

class KeyedPublisher extends Publisher {
  publish(server, id) {
    const key = `${this.name}/${this.chance.below(10)}`;
    const op = this.chance.pick(["set", "merge"]);
    return this.acknowledge(server, [{ key, op, data: { id }, idempotency_key: id }], [{ key, id }]);
  }
}

// Several items of one request: all or nothing.
class BatchPublisher extends Publisher {
  publish(server, id) {
    const { items, expected } = this.batch(id);
    const named = items.map((item) => ({ ...item, idempotency_key: item.data.id }));
    return this.acknowledge(server, named, expected);
  }

  batch(id) {
    const expected = range(1, this.chance.between(2, 6)).map((item) => ({
      ...(item % 2 ? { key: `batch/${item}` } : {}),
      id: `${id}/${item}`,
    }));
    const items = expected.map((each) => ({ ...(each.key ? { key: each.key, op: "set" } : {}), data: { id: each.id } }));
    this.ledger.batches.push(expected.map((each) => each.id));
    return { items, expected };
  }
}

// The same with one id for all of it.
class RequestPublisher extends BatchPublisher {
  publish(server, id) {
    const { items, expected } = this.batch(id);
    return this.acknowledge(server, items, expected, { "Idempotency-Key": `"${id}"` });
  }
}

// Without ids, and so never sent twice: what becomes of it may never be known, but it is all or nothing.
class BlindBatchPublisher extends BatchPublisher {
  async publish(server, id) {
    const { items, expected } = this.batch(id);
    for (const each of expected) this.ledger.attemptedBlindly.add(each.id);
    const attempt = await publishOnce(server, this.ledger.room, items);
    if (attempt?.status === 200) attempt.body.forEach((each, index) => this.ledger.record(this.name, each, expected[index]));
    if (!attempt) await delay(retryMs);
  }
}

// One entity by PUT, with an id: the first answer again also says that it was created.
class PutPublisher extends Publisher {
  async publish(server, id) {
    const path = entityPath(this.ledger.room, `${this.name}/${id}`);
    const headers = { "Idempotency-Key": `"${id}"` };
    const answer = await callUntilAnswered(server, "PUT", path, { body: { id }, headers });
    if (answer.status !== 201) throw new Error(`PUT ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    this.ledger.record(this.name, answer.body, { key: `${this.name}/${id}`, id });
  }
}

class IncrementPublisher extends Publisher {
  publish(server, id) {
    const by = this.chance.between(1, 100);
    return this.acknowledge(
      server,
      [{ key: counterKey, op: "increment", data: { count: by }, idempotency_key: id }],
      [{ key: counterKey, by }],
    );
  }
}

class EventPublisher extends Publisher {
  publish(server, id) {
    const key = `${this.name}/${this.chance.below(5)}`;
    const event = { specversion: "1.0", id, source: "/tests/ledger", type: "test.changed", subject: key, op: "set", data: { id } };
    return this.acknowledge(server, [event], [{ key, id }], cloudEvent);
  }
}

// Without idempotency key, and so never sent twice.
class BlindPublisher extends Publisher {
  async publish(server, id) {
    this.ledger.attemptedBlindly.add(id);
    const attempt = await publishOnce(server, this.ledger.room, { data: { id } });
    if (attempt?.status === 200) this.ledger.record(this.name, attempt.body, { id });
    if (!attempt) await delay(retryMs);
  }
}

const kinds = {
  plain: PlainPublisher,
  keyed: KeyedPublisher,
  batch: BatchPublisher,
  request: RequestPublisher,
  blindBatch: BlindBatchPublisher,
  put: PutPublisher,
  increment: IncrementPublisher,
  increment2: IncrementPublisher,
  event: EventPublisher,
  blind: BlindPublisher,
};

// `prefix` tells those of one run from those of another on the same ledger.
export function makePublishers(ledger, random, prefix = "") {
  return Object.entries(kinds).map(([name, Kind]) => new Kind(prefix + name, ledger, random.fork()));
}
