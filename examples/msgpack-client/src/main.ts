// Prints a room of entities as it changes: node dist/main.js URL ROOM. Ends at Ctrl-C.
import WebSocket from "ws";
import { Client } from "./client.js";

interface Entity {
  state?: string;
  attributes?: Record<string, unknown>;
}

const [url, room] = process.argv.slice(2);
if (!url || !room) {
  console.error("usage: main.js URL ROOM");
  process.exit(2);
}

const client = new Client(url, { websocket: (at, protocol) => new WebSocket(at, protocol) });
client.onDisconnected = (code, reason, comesBack) => console.log(`disconnected: ${code} ${reason}${comesBack ? ", coming back" : ""}`);

const map = client.map<Entity>(room, { data: { fields: ["state", "attributes"] }, delta: "fossil" });
map.onSnapshot = (entries) => {
  console.log(`${room} has ${entries.size} entities`);
  for (const [key, entity] of entries) console.log(key, JSON.stringify(entity));
};
map.onChange = (key, entity) => console.log(key, entity ? JSON.stringify(entity) : "removed");
map.onError = (why) => {
  console.error(`${room}: ${why.message}`);
  process.exit(1);
};
client.connect();
process.once("SIGINT", () => client.disconnect());
