// A stock socket.io-client, moved about by a test: reads one JSON line a deed, says one JSON line for all that happens.
// Usage: node puppet.mjs PACKAGE. Ends with its standard input. Bytes are {"type": "Buffer", "data": [...]} both ways.
import { createInterface } from "node:readline";

const { io } = await import(process.argv[2]);
const say = (socket, what, more = {}) => console.log(JSON.stringify({ socket, what, ...more }));
let sockets = {};

function listen(name, socket) {
  sockets[name] = socket;
  const on = (what, more) => socket.on(what, (...args) => sockets[name] === socket && say(name, what, more(...args)));
  on("connect", () => ({ sid: socket.id, recovered: !!socket.recovered, transport: socket.io.engine.transport.name }));
  on("disconnect", (reason) => ({ reason, active: socket.active }));
  on("connect_error", ({ message, data }) => ({ message, data }));
  socket.onAny((...args) => say(name, "event", { args }));
}

const deeds = {
  open({ socket, url, namespace, auth, options }) {
    const client = io(url + namespace, { auth, forceNew: true, ...options });
    listen(socket, client);
    client.io.on("open", () => client.io.engine.on("upgrade", ({ name }) => say(socket, "upgrade", { transport: name })));
  },
  // Another namespace on the connection that a socket has.
  join: ({ socket, beside, namespace, auth }) => listen(socket, sockets[beside].io.socket(namespace, { auth })),
  // All of them in one tick.
  emit({ socket, events, acked }) {
    for (const event of events) {
      const answer = acked ? [(...args) => say(socket, "ack", { args })] : [];
      sockets[socket].emit(...event, ...answer);
    }
  },
  // The connection breaks, and the client finds out at once.
  cut: ({ socket }) => sockets[socket].io.engine.close(),
  close: ({ socket }) => sockets[socket].close(),
  forget() {
    const old = Object.values(sockets);
    sockets = {};
    for (const socket of old) socket.offAny().close();
    say(null, "forgotten");
  },
};

const bytes = (_, value) => (value?.type === "Buffer" && value.data ? Buffer.from(value.data) : value);
for await (const line of createInterface({ input: process.stdin })) {
  const { do: deed, ...more } = JSON.parse(line, bytes);
  deeds[deed](more);
}
process.exit(0);
