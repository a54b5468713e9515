// Subscriptions that survive their connections: each keeps its position, and asks for what it missed when the client is connected again.
import type { Answer } from "./connection.js";
import { applyDelta } from "./fossil.js";
import type { Position, Publication, SubscribeRequest, SubscribeResult, View } from "./protocol.js";
import { channelCompaction, rejectUnrecovered, TidewireError } from "./protocol.js";

const unrecoverable = 112;
const retryMs = 500;

export type Subscribe = (request: SubscribeRequest, answer: Answer<"subscribe">) => void;
type Step = Omit<SubscribeRequest, "channel" | "flag" | keyof View>;

// The value of `data`, and its bytes where deltas are granted: bin, which no JSON value is.
function read<Data>({ data, delta }: Publication, base: Uint8Array | undefined): { value: Data; bytes?: Uint8Array } {
  if (!(data instanceof Uint8Array)) return { value: data as Data };
  if (delta && !base) throw new Error("a delta of nothing");
  const bytes = delta && base ? applyDelta(base, data) : data.slice(); // the message's buffer is not kept
  return { value: JSON.parse(new TextDecoder().decode(bytes)) as Data, bytes };
}

export abstract class Subscription {
  position: Position | null = null; // null: nothing is known yet
  live = false;
  channelNumber = 0; // what pushes say instead of the name; 0: they say the name
  onLive: (recovered: boolean) => void = () => {};
  onError: (why: Error) => void = () => {}; // refused for good
  #attempt = 0; // replies to an older one are no use
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly channel: string, readonly view: View, readonly subscribe: Subscribe) {}

  // Subscribes, or comes back and makes up for what was missed.
  start(): void {
    this.stop();
    this.#ask(this.opening());
  }

  // The same after a random moment, so that all subscribers of a room do not come at once.
  startSoon(): void {
    this.stop();
    this.#retry = setTimeout(() => this.start(), Math.random() * retryMs);
  }

  stop(): void {
    this.#attempt += 1;
    this.live = false;
    this.channelNumber = 0;
    clearTimeout(this.#retry);
  }

  onPush(publication: Publication): void {
    if (this.live) this.take(publication);
  }

  #ask(step: Step): void {
    const attempt = this.#attempt;
    const flag = channelCompaction | (this.position ? rejectUnrecovered : 0);
    this.subscribe({ ...this.view, ...step, channel: this.channel, flag }, (result, why) => {
      if (attempt !== this.#attempt) return;
      if (!result) return this.#failed(why);
      const next = this.answered(result);
      if (next) return this.#ask(next);
      this.live = true;
      this.channelNumber = result.id ?? 0;
      this.onLive(result.recovered ?? false);
    });
  }

  #failed(why: Error | null): void {
    if (!(why instanceof TidewireError)) return; // the connection is over; the next one starts again
    if (why.code === unrecoverable && this.position) {
      this.position = null;
      this.start();
    } else if (why.temporary) {
      this.startSoon();
    } else {
      this.onError(why);
    }
  }

  protected take(publication: Publication): void {
    this.show(publication);
    const { epoch = this.position?.epoch ?? "", offset = this.position?.offset ?? 0 } = publication;
    this.position = { epoch, offset };
  }

  protected abstract opening(): Step;
  protected abstract answered(result: SubscribeResult): Step | null; // what to ask next; null: it is live
  protected abstract show(publication: Publication): void;
}

export class StreamSubscription<Data = unknown> extends Subscription {
  onPublication: (data: Data, publication: Publication) => void = () => {};
  #last: Uint8Array | undefined; // what the next delta stands on

  protected opening(): Step {
    return this.position ? { recover: true, ...this.position } : { recoverable: true };
  }

  protected answered({ epoch = "", offset = 0, publications = [] }: SubscribeResult): null {
    this.position = { epoch, offset };
    for (const each of publications) this.take(each);
    return null;
  }

  protected show(publication: Publication): void {
    const { value, bytes } = read<Data>(publication, this.#last);
    this.#last = bytes;
    this.onPublication(value, publication);
  }
}

export class MapSubscription<Data = unknown> extends Subscription {
  readonly entries = new Map<string, Data>();
  onChange: (key: string, data: Data | undefined) => void = () => {}; // undefined: removed
  onSnapshot: (entries: ReadonlyMap<string, Data>) => void = () => {}; // all of it, after the first pages or when it had to be read again
  pageRows = 500;
  #bytes = new Map<string, Uint8Array>();
  #reading = false; // pages of a snapshot

  protected opening(): Step {
    this.#reading = this.position === null;
    if (this.position) return { type: 1, phase: 1, limit: this.pageRows, recover: true, ...this.position };
    this.entries.clear();
    this.#bytes.clear();
    return { type: 1, phase: 2, limit: this.pageRows };
  }

  protected answered({ phase = 0, cursor = "", epoch = "", offset = 0, state = [], publications = [] }: SubscribeResult): Step | null {
    for (const each of [...state, ...publications]) this.show(each);
    if (phase === 2 && cursor) return { type: 1, phase: 2, limit: this.pageRows, cursor, epoch, offset };
    if (phase !== 0) return { type: 1, phase: 1, limit: this.pageRows, epoch, offset, ...(!this.#reading && { recover: true }) };
    this.position = { epoch, offset };
    if (this.#reading) this.onSnapshot(this.entries);
    this.#reading = false;
    return null;
  }

  protected show(publication: Publication): void {
    const { key = "", removed } = publication;
    if (removed) {
      this.entries.delete(key);
      this.#bytes.delete(key);
      return this.#changed(key, undefined);
    }
    const { value, bytes } = read<Data>(publication, this.#bytes.get(key));
    this.entries.set(key, value);
    if (bytes) this.#bytes.set(key, bytes);
    this.#changed(key, value);
  }

  #changed(key: string, data: Data | undefined): void {
    if (!this.#reading) this.onChange(key, data);
  }
}
