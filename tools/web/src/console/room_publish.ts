// A form that publishes one change to a room, with an operator's rights.

import { element } from "../dom";
import { plain } from "../format";
import { RawJson, segment, type Client } from "./client";
import { field, input, Message, select } from "./parts";
import type { Tab } from "./room_page";

interface Answer {
  offset: number;
  version?: number;
}

const operations = [
  ["merge", "merge: change these members (RFC 7396)"],
  ["set", "set: replace the document"],
  ["remove", "remove the entity"],
  ["increment", "increment: add to members"],
  ["patch", "patch: steps of RFC 6902"],
] as const;

export class PublishTab implements Tab {
  readonly node = element("form", "publish card");
  private readonly message = new Message();
  private readonly key = input("text", "", "none: a publication of the stream alone");
  private readonly operation = select(operations, "merge");
  private readonly data = element("textarea");
  private readonly tags = input("text", "", '{"colour": "red"}');
  private readonly send = element("button", "primary", "Publish");

  constructor(
    private readonly client: Client,
    private readonly room: string,
    private readonly published: () => void,
  ) {
    this.data.rows = 8;
    this.data.spellcheck = false;
    this.data.placeholder = '{"type": "lamp", "state": "on", "attributes": {"usage_percent": 12}}';
    const actions = element("div", "actions");
    actions.append(this.send);
    const rows = [
      field("Key of the entity", this.key),
      field("Operation", this.operation),
      field("Data, as JSON", this.data),
      field("Tags, as JSON (optional)", this.tags),
    ];
    this.node.append(...rows.map(({ node }) => node), this.message.node, actions);
    this.key.addEventListener("input", () => this.allow());
    this.operation.addEventListener("change", () => this.allow());
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.publish();
    });
    this.allow();
  }

  close(): void {}

  private allow(): void {
    const keyed = this.key.value !== "";
    this.operation.disabled = !keyed;
    this.data.disabled = keyed && this.operation.value === "remove";
  }

  private async publish(): Promise<void> {
    const body = this.body();
    if (!body) return;
    this.send.disabled = true;
    try {
      const { offset, version } = await this.client.send<Answer>("POST", `/api/v1/rooms/${segment(this.room)}/events`, body);
      this.message.say(
        `Published at offset ${plain(offset)}${version === undefined ? "" : `, version ${plain(version)} of ${this.key.value}`}.`,
        "calm",
      );
      this.published();
    } catch (error) {
      this.message.fail(error);
    }
    this.send.disabled = false;
  }

  // The data go as they were typed: no number loses digits on its way.
  private body(): RawJson | null {
    const members: string[] = [];
    if (this.key.value !== "") members.push(`"key":${JSON.stringify(this.key.value)}`, `"op":${JSON.stringify(this.operation.value)}`);
    if (!this.data.disabled) {
      if (!this.isJson(this.data.value, "The data are")) return null;
      members.push(`"data":${this.data.value}`);
    }
    if (this.tags.value.trim() !== "") {
      if (!this.isJson(this.tags.value, "The tags are")) return null;
      members.push(`"tags":${this.tags.value}`);
    }
    return new RawJson(`{${members.join(",")}}`);
  }

  private isJson(text: string, what: string): boolean {
    try {
      JSON.parse(text);
      return true;
    } catch (error) {
      this.message.say(`${what} no JSON: ${error instanceof Error ? error.message : String(error)}`, "alarm");
      return false;
    }
  }
}
