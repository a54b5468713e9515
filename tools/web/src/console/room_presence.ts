// Who is subscribed to a room now.

import { element } from "../dom";
import { count } from "../format";
import { segment, type Client } from "./client";
import { Message } from "./parts";
import { repeat } from "./repeat";
import { note, type Tab } from "./room_page";
import { Table } from "./table";

const everyMs = 2_000;
const rowsMax = 1_000;

interface Present {
  client: string;
  user: string;
  conn_info?: unknown;
}

export class PresenceTab implements Tab {
  readonly node = element("div", "presence");
  private readonly message = new Message();
  private readonly summary = note();
  private readonly table = new Table<Present>(
    "Who is subscribed now",
    [
      { name: "Client", cell: ({ client }) => element("span", "mono", client) },
      { name: "User", cell: ({ user }) => user || "(anonymous)" },
      { name: "Info", cell: ({ conn_info }) => (conn_info === undefined ? "–" : JSON.stringify(conn_info)), wide: true },
    ],
    ({ client }) => client,
    () => {},
    "Nobody is subscribed now.",
  );
  private readonly loop;

  constructor(client: Client, room: string) {
    this.node.append(this.message.node, this.summary.node, this.table.node);
    this.loop = repeat(everyMs, async () => {
      try {
        const { data } = await client.get<{ data: Present[] }>(`/api/v1/rooms/${segment(room)}/presence`);
        this.table.show(data.slice(0, rowsMax));
        this.summary.say(`${count(data.length, "client")} subscribed${data.length > rowsMax ? `; the first ${rowsMax} are shown` : ""}.`);
        this.message.clear();
      } catch (error) {
        this.message.fail(error);
      }
    });
  }

  close(): void {
    this.loop.stop();
  }
}
