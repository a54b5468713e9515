// One connection after the other to the same server: commands and their replies, pings, and coming back with a growing, random delay.
import { Decoder, encode } from "@msgpack/msgpack";
import type { Commands, Message, Push, Reply } from "./protocol.js";
import { subprotocol, TidewireError } from "./protocol.js";

// What this client needs of a WebSocket: that of a browser, of Node.js from version 22, or npm `ws`.
export interface WebSocketLike {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export interface ConnectionOptions {
  websocket: (url: string, protocol: string) => WebSocketLike;
  token?: () => string | Promise<string>; // asked for each connection
  backoffMinMs?: number;
  backoffMaxMs?: number;
}

interface Listener {
  onConnected(): void;
  onPush(push: Push["push"]): void;
  onDisconnected(code: number, reason: string, comesBack: boolean): void;
}

// Takes the result, or hears why there is none: at once, before what comes behind it is read.
export type Answer<Method extends keyof Commands> = (result: Commands[Method][1] | null, why: Error | null) => void;
type Waiting = { method: keyof Commands; answer: (result: never, why: Error | null) => void };

// The server will not have it otherwise next time (docs/client-protocol.md, "Closing").
const isFinal = (code: number): boolean => (code >= 3500 && code < 4000) || (code >= 4500 && code < 5000) || code === 1009;
// Ours.
const leftByUs = 4000;
const refused = 4500; // also: what the server sent makes no sense
const pingGraceSeconds = 10;

export class Connection {
  readonly #decoder = new Decoder();
  #socket: WebSocketLike | null = null;
  #lastId = 0;
  #waiting = new Map<number, Waiting>();
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pingSeconds = 0;
  #pingTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly url: string, readonly options: ConnectionOptions, readonly listener: Listener) {}

  open(): void {
    const socket = this.options.websocket(this.url, subprotocol);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => void this.#connect(socket);
    socket.onmessage = ({ data }: { data: unknown }) => this.#take(socket, data);
    socket.onerror = () => {}; // onclose follows
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => this.#ended(socket, code, reason);
  }

  close(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    socket?.close(1000, "");
    if (socket) this.#ended(socket, 1000, "closed by the client", false);
  }

  call<Method extends keyof Commands>(method: Method, request: Commands[Method][0], answer: Answer<Method>): void {
    if (!this.#socket) return answer(null, new Error("not connected"));
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, { method, answer });
    this.#send({ id: this.#lastId, [method]: request });
  }

  #send(command: object): void {
    this.#socket?.send(encode(command, { ignoreUndefined: true }));
  }

  async #connect(socket: WebSocketLike): Promise<void> {
    let token: string | undefined;
    try {
      token = await this.options.token?.();
    } catch (why) {
      return this.#leave(socket, leftByUs, String(why));
    }
    if (socket !== this.#socket) return;
    this.call("connect", token === undefined ? {} : { token }, (result, why) => {
      if (socket !== this.#socket) return;
      if (!result) return this.#leave(socket, why instanceof TidewireError && !why.temporary ? refused : leftByUs, String(why));
      this.#attempts = 0;
      this.#pingSeconds = result.ping ?? 0;
      this.#expectPing(socket);
      this.listener.onConnected();
    });
  }

  // A server that is silent for much longer than its interval is gone, whatever TCP says.
  #expectPing(socket: WebSocketLike): void {
    clearTimeout(this.#pingTimer);
    if (this.#pingSeconds === 0) return;
    this.#pingTimer = setTimeout(() => this.#leave(socket, leftByUs, "no ping"), (this.#pingSeconds + pingGraceSeconds) * 1000);
  }

  #take(socket: WebSocketLike, data: unknown): void {
    if (socket !== this.#socket) return;
    try {
      if (!(data instanceof ArrayBuffer)) throw new Error("a message that is not binary");
      for (const message of this.#decoder.decodeMulti(data)) this.#handle(socket, message as Message);
    } catch (why) {
      this.#leave(socket, refused, String(why));
    }
  }

  #handle(socket: WebSocketLike, message: Message): void {
    if ("push" in message) return this.listener.onPush((message as Push).push);
    if (!("id" in message)) {
      this.#send({}); // the answer to a ping
      return this.#expectPing(socket);
    }
    const reply = message as Reply;
    const asked = this.#waiting.get(reply.id);
    if (!asked) return;
    this.#waiting.delete(reply.id);
    const { error } = reply;
    if (error) return asked.answer(null as never, new TidewireError(error.code, error.message, error.temporary ?? false));
    asked.answer(reply[asked.method] as never, null);
  }

  #leave(socket: WebSocketLike, code: number, reason: string): void {
    socket.close(code, "");
    this.#ended(socket, code, reason);
  }

  #ended(socket: WebSocketLike, code: number, reason: string, mayComeBack = true): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    clearTimeout(this.#pingTimer);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { answer } of waiting) answer(null as never, new Error(`disconnected: ${code} ${reason}`));
    const comesBack = mayComeBack && !isFinal(code);
    if (comesBack) this.#timer = setTimeout(() => this.open(), this.#delay());
    this.listener.onDisconnected(code, reason, comesBack);
  }

  // Twice as long each time, at random from nothing up to that, so that many clients do not come at once.
  #delay(): number {
    const { backoffMinMs = 200, backoffMaxMs = 20_000 } = this.options;
    this.#attempts += 1;
    return Math.random() * Math.min(backoffMaxMs, backoffMinMs * 2 ** this.#attempts);
  }
}
