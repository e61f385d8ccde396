// A stock socket.io-client, nothing of ours: places, hears, bumps, and comes back by itself after a restart.
// Usage: node stock_client.mjs PACKAGE URL POS_TOKEN EXPO_TOKEN TRANSPORTS. Says one JSON line a step; ends with 0.
import { randomUUID } from "node:crypto";

const [pkg, url, pos, expo, transports] = process.argv.slice(2);
const { io } = await import(pkg);
const say = (step, more = {}) => console.log(JSON.stringify({ step, ...more }));
const fail = (words) => { say("failed", { words }); process.exit(1); };
setTimeout(() => fail("nothing within 30 s"), 30000).unref();

const positions = {};
const seen = [];
const options = (token) => ({
  auth: (give) => give({ token, positions, client: { name: "stock", version: pkg } }),
  transports: transports.split(","), forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200,
});
const orders = io(url + "/orders", options(pos));
const kds = io(url + "/kds", options(expo));

for (const socket of [orders, kds]) {
  socket.on("session:ready", (ready) => {
    for (const [name, at] of Object.entries(ready.streams)) positions[name] ??= { epoch: at.epoch, seq: at.seq };
  });
  socket.onAny((name, envelope, ...rest) => {
    if (rest.length) fail(`${name} came with a second argument`);
    if (envelope?.seq == null) return;
    if (envelope.seq !== positions[envelope.stream].seq + 1) fail(`${envelope.stream} jumped to ${envelope.seq}`);
    positions[envelope.stream].seq = envelope.seq;
    seen.push(envelope);
  });
}
const next = (socket, name) => new Promise((resolve) => socket.once(name, resolve));
const ask = (socket, name, body) => new Promise((resolve) => socket.emit(name, body, resolve));

await Promise.all([next(orders, "session:ready"), next(kds, "session:ready")]);
say("ready");

const created = next(orders, "order:created");
const incoming = next(kds, "kds:order_incoming");
const place = { command_id: randomUUID(), order: { items: [{ name: "Burger", qty: "1" }] } };
const placed = await ask(orders, "orders:place", place);
if (!placed.ok || placed.result !== "applied") fail(JSON.stringify(placed));
const [order, ticket] = await Promise.all([created, incoming]);
if (order.data.order.id !== placed.order.id || ticket.data.order_id !== placed.order.id) fail("another order came back");
const again = await ask(orders, "orders:place", place);
if (!again.replayed || again.order.id !== placed.order.id) fail("a repeated command was not the same");
const ready = next(kds, "kds:item_ready");
const bumped = await ask(kds, "kds:bump", { command_id: randomUUID(), ticket_id: ticket.data.ticket_id });
if (!bumped.ok || (await ready).data.ticket_id !== ticket.data.ticket_id) fail(JSON.stringify(bumped));
const wrong = await ask(kds, "kds:bump", { command_id: randomUUID(), nonsense: true });
if (wrong.ok || wrong.code !== "bad_request") fail(JSON.stringify(wrong));
say("echo", { order: placed.order.id });

const goodbye = next(kds, "session:goodbye");
const back = Promise.all([orders, kds].map((socket) => next(socket, "disconnect").then(() => next(socket, "session:ready"))));
say("goodbye", await goodbye);
const states = (await back).flatMap((one) => Object.values(one.streams));
say("back", { recovered: states.every((state) => state.recovered && state.was_recovering) });

const answer = await ask(orders, "orders:place", place);
if (!answer.replayed || answer.order.id !== placed.order.id) fail("the restarted gateway forgot its answer");
await ask(kds, "kds:bump", { command_id: randomUUID(), ticket_id: `${placed.order.id}.expo` });
while (!seen.some((one) => one.name === "order:completed")) await next(orders, "order:completed");
say("done", { seen: seen.map((one) => [one.stream, one.seq, one.name]) });
orders.close();
kds.close();
process.exit(0);
