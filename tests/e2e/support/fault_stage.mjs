// Two rooms with subscribers that watch from before the first fault to the end: a victim, and a calm one that shall notice no more than
// it must.
import assert from "node:assert/strict";
import { Server } from "../../support/server.mjs";
import { actorsOf } from "./engine_view.mjs";
import { readEntities } from "./http.mjs";
import { MapWatcher, StreamWatcher, connect, range } from "./subscriber.mjs";
import { until } from "./until.mjs";

export const victim = "victim:1";
export const calm = "calm:1";
export const kinds = ["journal", "writer", "reader", "directory", "room", "entity", "broadcaster", "gateway", "session"];
const config = '[test]\nfaults = true\n[[namespace]]\nname = "memory"\ndurability = "memory"\n';

export class FaultStage {
  #clients = [];
  #watchers = {}; // room → {map, stream}
  #sent = 0;

  static async open() {
    const stage = new FaultStage();
    stage.server = await Server.start({ config });
    stage.pid = stage.server.pid;
    for (const room of [victim, calm]) {
      await stage.server.publish(
        room,
        range(1, 20).map((n) => ({ key: `k${n}`, op: "set", data: { n } })),
      );
      stage.#watchers[room] = { map: new MapWatcher(stage.#client(), room), stream: new StreamWatcher(stage.#client(), room) };
    }
    await until("all subscriptions", () => [victim, calm].every((room) => stage.timesSubscribed(room).every((times) => times === 1)));
    return stage;
  }

  async close() {
    for (const client of this.#clients) client.disconnect();
    await this.server.dispose();
  }

  // A change of the victim's kind, new with each call, that can be sent again until it is acknowledged.
  nextChange() {
    this.#sent += 1;
    return { key: `k${1 + (this.#sent % 20)}`, op: "increment", data: { n: 1 }, idempotency_key: `change/${this.#sent}` };
  }

  // How often each subscriber of that room went live.
  timesSubscribed(room) {
    return Object.values(this.#watchers[room]).map(({ subscribed }) => subscribed.length);
  }

  // Makes the next message of that kind of actor throw while `act` runs; answers what `act` answers, once the actor has crashed. A change
  // that kills its entity is tried once more, so there it is two messages.
  async crash(kind, act) {
    const messages = kind === "entity" ? 2 : 1;
    const { crashed } = await actorsOf(this.server, kind);
    await this.server.armFault(kind, messages);
    const outcome = await act();
    await until(`a crash of ${kind}`, async () => (await actorsOf(this.server, kind)).crashed >= crashed + messages);
    return outcome;
  }

  // The subscribers of that room know exactly what the server knows, and heard every offset once.
  async assertExact(room) {
    const { map, stream } = this.#watchers[room];
    const { rows, offset: top } = await readEntities(this.server, room);
    await until(
      () => `${room}: subscribers at ${top}, they are at ${map.offset} and ${stream.offset}`,
      () => map.offset >= top && stream.offset >= top,
    );
    assert.deepEqual(map.state, new Map(rows.map(({ key, data }) => [key, data])));
    assert.deepEqual(map.offsets, range(map.syncs[0].offset + 1, top));
    assert.deepEqual(
      stream.publications.map(({ offset }) => offset),
      range(stream.subscribed[0].offset + 1, top),
    );
    assert.equal(map.syncs.length, 1);
  }

  #client() {
    const client = connect(this.server);
    this.#clients.push(client);
    return client;
  }
}
