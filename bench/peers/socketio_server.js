// A room server as people write it with Socket.IO, over WebSocket only: `join` NAME enters a room, `publish` [NAME, data] goes to
// everyone in it as `message`. Usage: node socketio_server.js PORT
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer((_, response) => response.writeHead(404).end());
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });

io.on("connection", (socket) => {
  socket.on("join", (room, joined) => {
    socket.join(room);
    if (typeof joined === "function") joined();
  });
  socket.on("publish", (room, data) => io.to(room).emit("message", data));
});

http.listen({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 4096 });
