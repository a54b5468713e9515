// A client of the Centrifuge protocol that does exactly what it is told and keeps all it hears, in order. It speaks JSON, or what the
// option `dialect` or else TIDEWIRE_DIALECT names: so one test is run in both dialects.
import { decodeMulti, encode } from "@msgpack/msgpack";
import WebSocket from "ws";
import { until } from "./until.mjs";

const dialects = {
  json: {
    protocols: [],
    encode: (commands) => commands.map((command) => JSON.stringify(command)).join("\n"),
    decode: (data) => data.toString().split("\n").map((line) => JSON.parse(line)),
  },
  msgpack: {
    protocols: ["tidewire.msgpack.v1"],
    encode: (commands) => Buffer.concat(commands.map((command) => encode(command, { ignoreUndefined: true }))),
    decode: (data) => [...decodeMulti(data)],
  },
};
export const usualDialect = process.env.TIDEWIRE_DIALECT ?? "json";

export class ProtocolClient {
  // Objects received so far, in order: replies and pushes, not pings. `frame` of each tells which message it came in.
  received = [];
  pings = 0;
  closed = null; // {code, reason} once the connection has ended
  answersPings = true;
  onObject = () => {}; // hears each of `received` at once
  onClosed = () => {}; // hears `closed`
  messages = []; // of the server: {bytes, binary}
  #socket;
  #dialect;
  #frames = 0;
  #lastId = 0;
  #waiting = new Map(); // command id → resolve
  #asked = new Map(); // id of a subscribe → channel
  #numbered = new Map(); // number of a channel → its name

  // `options` are those of npm `ws`, and `dialect`.
  static async open(server, { dialect = usualDialect, ...options } = {}) {
    const client = new ProtocolClient();
    client.#dialect = dialects[dialect];
    client.#socket = new WebSocket(server.websocketUrl, client.#dialect.protocols, options);
    client.#socket.on("message", (data, binary) => client.#take(data, binary));
    client.#socket.on("close", (code, reason) => {
      client.closed = { code, reason: reason.toString() };
      for (const resolve of client.#waiting.values()) resolve({ closed: client.closed });
      client.onClosed(client.closed);
    });
    await new Promise((resolve, reject) => client.#socket.once("open", resolve).once("error", reject));
    client.#socket.on("error", () => {}); // told by "close"
    return client;
  }

  // The same, with its connect command answered.
  static async connect(server, request = {}, options = {}) {
    const client = await ProtocolClient.open(server, options);
    client.hello = await client.result("connect", request);
    return client;
  }

  // Its own port; undefined once the connection has ended.
  get port() {
    return this.#socket._socket?.localPort;
  }

  get subprotocol() {
    return this.#socket.protocol;
  }

  // Of everything the server has sent, as it was on the wire.
  get bytesRead() {
    return this.#socket._socket.bytesRead;
  }

  get extensions() {
    return this.#socket.extensions;
  }

  // Takes nothing of what the server sends, until it goes on.
  stall(stalls = true) {
    stalls ? this.#socket.pause() : this.#socket.resume();
  }

  // One WebSocket message with these commands, as they are.
  send(...commands) {
    for (const { id, subscribe } of commands) if (subscribe) this.#asked.set(id, subscribe.channel);
    this.sendText(this.#dialect.encode(commands));
  }

  // One WebSocket message with that text, or those bytes.
  sendText(text) {
    this.#socket.send(text);
  }

  // One WebSocket message with these commands; ids are given to those without one. Returns promises of the replies.
  sendAll(...commands) {
    const withIds = commands.map((command) => ({ ...command, id: command.id ?? ++this.#lastId }));
    const replies = withIds.map(({ id }) => new Promise((resolve) => this.#waiting.set(id, resolve)));
    this.send(...withIds);
    return replies;
  }

  // The whole reply to one command: {id, <method> | error}, or {closed} if the connection ended instead.
  async reply(method, request) {
    return this.sendAll({ [method]: request })[0];
  }

  // The result of one command; throws on anything else.
  async result(method, request) {
    const reply = await this.reply(method, request);
    if (!reply[method]) throw new Error(`${method} ${JSON.stringify(request)}: ${JSON.stringify(reply)}`);
    return reply[method];
  }

  async error(method, request) {
    const reply = await this.reply(method, request);
    if (!reply.error) throw new Error(`${method} ${JSON.stringify(request)} was not refused: ${JSON.stringify(reply)}`);
    return reply.error;
  }

  pushes(channel, kind = "pub") {
    return this.received.filter(({ push }) => push?.[kind] && this.channelOf(push) === channel).map(({ push }) => push[kind]);
  }

  // By its name, or by the number that the reply to subscribe told.
  channelOf({ channel, id }) {
    return channel ?? this.#numbered.get(id);
  }

  // The first push of that kind for that channel.
  async pushed(channel, kind) {
    return until(`a push "${kind}" of ${channel}`, () => this.pushes(channel, kind)[0]);
  }

  // The first `count` publications pushed for that channel.
  async publications(channel, count) {
    return until(
      () => `${count} publications of ${channel}, there are ${this.pushes(channel).length}`,
      () => {
        const pushed = this.pushes(channel);
        return pushed.length >= count && pushed;
      },
    );
  }

  // How the server ended the connection.
  async end(timeoutMs = 20_000) {
    return until("the end of the connection", () => this.closed, timeoutMs);
  }

  terminate() {
    this.#socket.terminate();
  }

  async close() {
    this.#socket.close();
    await this.end();
  }

  #take(message, binary) {
    const frame = this.#frames++;
    this.messages.push({ bytes: message.length, binary });
    for (const object of this.#dialect.decode(message)) {
      if (object.id === undefined && object.push === undefined) {
        this.pings += 1;
        if (this.answersPings) this.send({});
        continue;
      }
      if (object.subscribe?.id) this.#numbered.set(object.subscribe.id, this.#asked.get(object.id));
      this.received.push({ ...object, frame });
      this.onObject(object);
      this.#waiting.get(object.id)?.(object);
      this.#waiting.delete(object.id);
    }
  }
}
