// A room server as people write it with npm's ws: whoever connects to /room/NAME is in that room, and a text message goes to
// everyone in it. Who connects to /publish/NAME only sends. Usage: node ws_server.js PORT
import { WebSocketServer, WebSocket } from "ws";

const rooms = new Map();

function room(name) {
  if (!rooms.has(name)) rooms.set(name, new Set());
  return rooms.get(name);
}

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), perMessageDeflate: false, backlog: 4096 });

server.on("connection", (socket, request) => {
  const [, role, name] = request.url.split("/").map(decodeURIComponent);
  const members = room(name);
  if (role === "room") members.add(socket);
  socket.on("message", (data) => {
    for (const member of members) {
      if (member.readyState === WebSocket.OPEN) member.send(data, { binary: false });
    }
  });
  socket.on("close", () => members.delete(socket));
  socket.on("error", () => socket.terminate());
});
