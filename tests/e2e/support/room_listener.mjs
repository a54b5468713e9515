// One subscriber of one room, as cheap as can be: it keeps each publication as a line of text and checks that offsets are dense.
import WebSocket from "ws";

export class RoomListener {
  heard = []; // stream: [offset, data]; map: [offset, key, data]; as JSON
  faults = [];
  next = 1; // the offset that has to come next
  type;
  #server;
  #room;
  #epoch = "";
  #socket;

  // `type` 0 subscribes to the stream, 1 to the map. Resolves once it is live.
  static async open(server, room, type) {
    const listener = new RoomListener();
    listener.#server = server;
    listener.#room = room;
    listener.type = type;
    await listener.#connect(type === 1 ? { type: 1, phase: 2, limit: 1_000 } : {});
    return listener;
  }

  // Loses the connection without a word and recovers from its position.
  async reconnect() {
    this.close();
    await this.#connect({
      recover: true,
      epoch: this.#epoch,
      offset: this.next - 1,
      ...(this.type === 1 ? { type: 1, phase: 1, limit: 1_000 } : {}),
    });
  }

  close() {
    this.#socket.removeAllListeners("message");
    this.#socket.terminate();
  }

  #connect(subscribe) {
    return new Promise((resolve, reject) => {
      // Plain: one process plays a thousand clients, and could not decompress for all of them.
      const socket = new WebSocket(this.#server.websocketUrl, { perMessageDeflate: false });
      this.#socket = socket;
      const commands = [
        { connect: {}, id: 1 },
        { subscribe: { channel: this.#room, ...subscribe }, id: 2 },
      ];
      socket.on("open", () => socket.send(commands.map((command) => JSON.stringify(command)).join("\n")));
      socket.on("message", (data) => {
        for (const line of data.toString().split("\n")) this.#take(JSON.parse(line), resolve);
      });
      socket.on("error", reject);
      socket.on("close", (code, reason) => {
        if (socket === this.#socket && code !== 1006) this.faults.push(`closed: ${code} ${reason}`);
        reject(new Error(`closed: ${code} ${reason}`));
      });
    });
  }

  #take(object, subscribed) {
    if (object.push?.pub) return this.#hear(object.push.pub);
    if (object.error) return this.faults.push(JSON.stringify(object));
    if (object.subscribe) {
      const { epoch, offset = 0, publications = [], was_recovering: recovering, recovered, phase } = object.subscribe;
      this.#epoch = epoch;
      if (phase) this.faults.push("not live after one page");
      if (!recovering) this.next = offset + 1;
      if (recovering && !recovered) this.faults.push(`not recovered at ${this.next - 1}`);
      for (const publication of publications) this.#hear(publication);
      return subscribed();
    }
    if (object.id === undefined) this.#socket.send("{}"); // a ping
  }

  #hear({ offset, key, data }) {
    if (offset !== this.next) this.faults.push(`offset ${offset} instead of ${this.next}`);
    this.next = offset + 1;
    this.heard.push(JSON.stringify(this.type === 1 ? [offset, key, data] : [offset, data]));
  }
}
