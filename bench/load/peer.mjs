// The reference: Socket.IO for Node with its default settings. Tokens are verified in a middleware, every client joins
// its store's room, "trigger" is told to the room, "echo" is acknowledged.
//
//   BENCH_MODULES=<a directory with node_modules> BENCH_SECRET=<HS256 secret> node peer.mjs
//
// Says {"port": …} and lives until stdin ends.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.BENCH_MODULES}/`);
const { Server } = require("socket.io");
const jwt = require("jsonwebtoken");

const secret = process.env.BENCH_SECRET;
const http = createServer();
const io = new Server(http);
const kds = io.of("/kds");
let seq = 0;

kds.use((socket, next) => {
  jwt.verify(
    socket.handshake.auth.token,
    secret,
    { algorithms: ["HS256"], issuer: "heard", audience: "heard" },
    (wrong, claims) => {
      if (wrong) return next(wrong);
      socket.data.store = claims.stores[0];
      next();
    },
  );
});

kds.on("connection", (socket) => {
  const { store } = socket.data;
  socket.join(store);
  socket.on("trigger", (asked) => {
    seq += 1;
    kds.to(store).emit("event", { seq, at: new Date().toISOString(), store, pad: asked.pad });
  });
  socket.on("echo", (_asked, ack) => ack({ ok: true }));
});

http.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: http.address().port })));
process.stdin.on("end", () => process.exit(0)).resume();
