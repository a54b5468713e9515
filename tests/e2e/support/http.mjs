// HTTP as the tests need it: any status is an answer, and bytes can be sent as they are.
import net from "node:net";

// {status, headers, body}: the body as an object if it is JSON, else as text. `body` of the request may be a text or a value.
export async function call(server, method, target, { body, headers = {}, token } = {}) {
  const given = typeof body === "string" || body === undefined || body instanceof Uint8Array;
  const response = await fetch(server.url + target, {
    method,
    headers: {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: given ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "") && text !== "";
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

export const roomPath = (room) => `/api/v1/rooms/${encodeURIComponent(room)}`;
export const entityPath = (room, key) => `${roomPath(room)}/entities/${encodeURIComponent(key)}`;
export const eventsPath = (room) => `${roomPath(room)}/events`;

// All rows of a listing, page by page, and the position that its first page told.
export async function readAll(server, target, limit = 500) {
  const rows = [];
  let position;
  let cursor = null;
  do {
    const url = new URL(server.url + target);
    url.searchParams.set("limit", limit);
    if (cursor) url.searchParams.set("cursor", cursor);
    const page = await server.request("GET", url.pathname + url.search);
    position ??= { epoch: page.epoch, offset: page.offset };
    rows.push(...page.data);
    cursor = page.has_more ? page.next_cursor : null;
  } while (cursor);
  return { rows, ...position };
}

export const readEntities = (server, room, limit) => readAll(server, `${roomPath(room)}/entities`, limit);
export const readHistory = (server, room, limit) => readAll(server, `${roomPath(room)}/history`, limit);

// A connection that sends bytes as they are and reads whole answers.
export class RawConnection {
  #socket;
  #received = Buffer.alloc(0);
  #wake = () => {};
  #ended = false;

  static async open(port) {
    const connection = new RawConnection();
    connection.#socket = net.connect(port, "127.0.0.1");
    await new Promise((resolve, reject) => connection.#socket.once("connect", resolve).once("error", reject));
    connection.#socket.on("error", () => {});
    connection.#socket.on("data", (bytes) => {
      connection.#received = Buffer.concat([connection.#received, bytes]);
      connection.#wake();
    });
    connection.#socket.on("close", () => {
      connection.#ended = true;
      connection.#wake();
    });
    return connection;
  }

  send(text) {
    this.#socket.write(text);
  }

  close() {
    this.#socket.destroy();
  }

  // The next answer: {status, headers, body}. `bodiless`: it belongs to a HEAD.
  async answer({ bodiless = false } = {}) {
    const head = await this.#take(
      (bytes) => bytes.indexOf("\r\n\r\n") + 4,
      (end) => end >= 4,
    );
    const [first, ...lines] = head.toString("latin1").trimEnd().split("\r\n");
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    const status = Number(first.split(" ")[1]);
    const empty = bodiless || status < 200 || status === 204 || status === 304;
    const length = empty ? 0 : Number(headers.get("content-length") ?? 0);
    const body = await this.#take(
      () => length,
      (end) => this.#received.length >= end,
    );
    return { status, headers, body: body.toString() };
  }

  // Resolves once the server has closed the connection.
  async ended() {
    while (!this.#ended) await this.#more();
  }

  async #take(measure, complete) {
    let end = measure(this.#received);
    while (!complete(end)) {
      if (this.#ended) throw new Error(`the connection ended in the middle of an answer: ${this.#received}`);
      await this.#more();
      end = measure(this.#received);
    }
    const taken = this.#received.subarray(0, end);
    this.#received = this.#received.subarray(end);
    return taken;
  }

  #more() {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
