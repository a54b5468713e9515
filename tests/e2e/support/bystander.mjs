// Somebody who publishes and listens in a room of its own while others misbehave: everything is acknowledged and heard, in order, once.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { call, eventsPath } from "./http.mjs";
import { StreamWatcher, connect, range } from "./subscriber.mjs";
import { until } from "./until.mjs";

export class Bystander {
  slowestMs = 0; // publication, from request to answer
  #client;
  #watcher;
  #server;
  #room;
  #published = 0;
  #stopped = false;
  #running;

  static async start(server, room, pauseMs = 5) {
    const one = new Bystander();
    one.#server = server;
    one.#room = room;
    one.#client = connect(server);
    one.#watcher = new StreamWatcher(one.#client, room);
    await until("the bystander's subscription", () => one.#watcher.subscribed.length === 1);
    one.#running = one.#publish(pauseMs);
    one.#running.catch(() => (one.#stopped = true)); // told by finish()
    return one;
  }

  async heardMore(changes) {
    const enough = this.#watcher.publications.length + changes;
    await until("what the bystander published", () => this.#stopped || this.#watcher.publications.length >= enough);
  }

  async finish() {
    this.#stopped = true;
    await this.#running;
    await until("all of it", () => this.#watcher.publications.length >= this.#published);
    assert.deepEqual(
      this.#watcher.publications.map(({ offset, data }) => [offset, data]),
      range(1, this.#published).map((n) => [n, n]),
    );
    assert.equal(this.#watcher.subscribed.length, 1, "its connection was lost");
  }

  end() {
    this.#stopped = true;
    this.#client.disconnect();
  }

  async #publish(pauseMs) {
    while (!this.#stopped) {
      const begun = performance.now();
      const answer = await call(this.#server, "POST", eventsPath(this.#room), { body: { data: this.#published + 1 } });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      this.slowestMs = Math.max(this.slowestMs, performance.now() - begun);
      this.#published += 1;
      await delay(pauseMs);
    }
  }
}
