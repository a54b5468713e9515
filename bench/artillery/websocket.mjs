// What the WebSocket scenario does beside sending: it answers pings, deals clients out to rooms, publishes the time, and measures how long until
// the publisher itself is told, by one clock. The others' copies are counted: to measure all of them would measure Artillery.
const rooms = 40;
let clients = 0;

export function listen(context, events, done) {
  const own = (clients += 1);
  context.vars.own = own;
  context.vars.room = `bench:ws-${own % rooms}`;
  events.emit("counter", "tidewire.refused", 0);
  context.ws.on("message", (frame) => {
    const replies = String(frame).split("\n").map((line) => JSON.parse(line));
    if (replies.some((reply) => !reply.id && !reply.push)) context.ws.send("{}");
    const refused = replies.filter(({ error }) => error).length;
    const told = replies.filter(({ push }) => push?.pub);
    if (refused > 0) events.emit("counter", "tidewire.refused", refused);
    if (told.length > 0) events.emit("counter", "tidewire.deliveries", told.length);
    for (const { data } of told.map(({ push }) => push.pub))
      if (data.own === own) events.emit("histogram", "tidewire.delivery_ms", performance.now() - data.sent);
  });
  done();
}

export function publish(context, events, done) {
  const { own, room } = context.vars;
  context.vars.published = (context.vars.published ?? 0) + 1;
  const command = { id: 2 + context.vars.published, publish: { channel: room, data: { own, sent: performance.now() } } };
  context.ws.send(JSON.stringify(command), done);
}
