// The objects of the client protocol that this client uses: docs/client-protocol.md. Zero values are left out on the wire.

export const subprotocol = "tidewire.msgpack.v1";

export interface Position {
  epoch: string;
  offset: number;
}

// `data` is a value; or with deltas granted, the bytes of its JSON text or of a Fossil delta between two.
export interface Publication {
  data?: unknown;
  offset?: number;
  key?: string;
  removed?: boolean;
  delta?: boolean;
  epoch?: string;
  tags?: Record<string, string>;
}

export type Filter = { op: "and" | "or" | "not"; nodes: Filter[] } | { key: string; cmp: string; val?: string; vals?: string[] };

// What a subscription wants to see.
export interface View {
  data?: { fields?: string[]; max_rate?: number; slow?: "conflate" | "resync" | "disconnect" };
  tf?: Filter;
  delta?: "fossil";
  token?: string;
}

// Bits of `flag`.
export const channelCompaction = 1; // pushes may say the number of the channel instead of its name
export const rejectUnrecovered = 2; // error 112 rather than a gap

export interface SubscribeRequest extends View {
  channel: string;
  type?: 0 | 1;
  phase?: 0 | 1 | 2;
  flag?: number; // flags below
  limit?: number;
  cursor?: string;
  recover?: boolean;
  recoverable?: boolean;
  epoch?: string;
  offset?: number;
}

export interface SubscribeResult {
  phase?: 0 | 1 | 2;
  cursor?: string;
  epoch?: string;
  offset?: number;
  state?: Publication[];
  publications?: Publication[];
  recovered?: boolean;
  was_recovering?: boolean;
  delta?: boolean;
  id?: number; // of the channel, in pushes
}

// A command's name → what it takes and what it gives.
export interface Commands {
  connect: [{ token?: string }, { client: string; ping?: number }];
  subscribe: [SubscribeRequest, SubscribeResult];
  unsubscribe: [{ channel: string }, Record<string, never>];
  publish: [{ channel: string; data?: unknown; key?: string; removed?: boolean }, Record<string, never>];
}

export interface ProtocolError {
  code: number;
  message: string;
  temporary?: boolean;
}

export type Reply = { id: number; error?: ProtocolError } & { [Method in keyof Commands]?: Commands[Method][1] };
// Of a channel by its name, or by the number that the reply to subscribe told; `unsubscribe` always has the name.
export interface Push {
  push: { channel?: string; id?: number; pub?: Publication; unsubscribe?: { code: number; reason?: string } };
}
export type Message = Reply | Push | Record<string, never>;

// A refusal of the server.
export class TidewireError extends Error {
  constructor(readonly code: number, message: string, readonly temporary: boolean) {
    super(`${code}: ${message}`);
  }
}
