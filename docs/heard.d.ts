// What Heard says and hears, as types. Made from the contract by `make docs`; edits here are lost.
//
//     import { io, type Socket } from "socket.io-client";
//     import type { HeardCommands, HeardEvents } from "./heard";
//     const kds: Socket<HeardEvents, HeardCommands> = io("http://127.0.0.1:8787/kds", { auth: { token } });
//     kds.on("kds:item_ready", (event) => console.log(event.data.ticket_id));
//     kds.emit("kds:bump", { command_id, ticket_id }, (answer) => console.log(answer.ok));
//
// Fields and names you do not know may come at any time: ignore them.

/** Seen: this is off the order. */
export interface AckVoid {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  ticket_id: string;
  item_ids?: string[] | null;
  reason?: string | null;
}

/** Who did it. */
export interface Actor {
  subject: string;
  role?: string | null;
  station?: string | null;
  device?: string | null;
}

/** An allergen: a code of the EU's fourteen or free words, and whose it is. */
export interface Allergy {
  code?: string | null;
  text?: string | null;
  seat?: string | null;
  from?: string | null;
}

/** An allergen: a code of the EU's fourteen or free words, and whose it is. */
export interface AllergyIn {
  code?: string | null;
  text?: string | null;
  seat?: string | null;
  from?: string | null;
}

/**
 * What every command gets, once and for ever.
 *
 * `applied`: facts were written. `already`: it was so. `superseded`: a newer fact made it moot.
 */
export interface Answer {
  ok: boolean;
  result?: "applied" | "already" | "superseded" | null;
  events?: EventRef[] | null;
  order?: Order | null;
  code?: string | null;
  message?: string | null;
  temporary?: boolean | null;
  retry_after_ms?: number | null;
  fields?: Record<string, string> | null;
  replayed?: boolean | null;
}

/** Something an operator did, or tried to. */
export interface AuditLine {
  at: string;
  action: string;
  by: string;
  role: string;
  /** A connection's id. */
  target: string;
  /** Whose it was. */
  subject?: string | null;
  reason?: string | null;
  /** What it came to: `applied`, `replayed` for a repetition, or an error's code. */
  code: string;
}

/** `auth` of a Socket.IO CONNECT. */
export interface Auth {
  token?: string | null;
  /** Which store, for tokens that reach several. */
  store?: string | null;
  client?: AuthClient;
  positions?: Record<string, PositionIn> | null;
  /** Socket.IO's connection state recovery: every event of this socket is followed by an offset, a string. */
  recovery?: boolean;
  /** Of a stock client that returns; it adds this by itself, and counts only with `recovery`. */
  pid?: string | null;
  /** As `pid`: the last offset it was sent. */
  offset?: string | null;
}

/** What a client says of itself in its CONNECT. */
export interface AuthClient {
  name?: string | null;
  version?: string | null;
  device?: string | null;
}

/** `auth:expiring`: the token ends in `ttl_s`. */
export interface AuthExpiring {
  ttl_s: number;
}

/**
 * My part is done. At expo: handed over; `force` closes with prep still open.
 *
 * Of a whole ticket, what came on the card after `seen_seq` is not meant, unless a command of `seen_with` brought it.
 */
export interface Bump {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  ticket_id: string;
  item_ids?: string[] | null;
  reason?: string | null;
  force?: boolean;
  /** Commands of the same screen that it showed as done before the gateway had told them. */
  seen_with?: string[];
}

/** Take an order back, from any state but completed. */
export interface CancelOrder {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  order_id: string;
  reason?: string | null;
}

/** A connection that ended: who it was, why, and by whose hand. */
export interface ClosedRow {
  connection: string;
  subject: string;
  role: string;
  stations: string[];
  device?: string | null;
  client?: string | null;
  address: string;
  transport: string;
  since: string;
  until: string;
  /** A goodbye's code, or the transport's own word. */
  code: string;
  /** The same for a person. */
  sentence: string;
  /** The operator who closed it. */
  by?: string | null;
  bytes_in: number;
  bytes_out: number;
}

/** A command over HTTP: its name, and its fields in `data`. */
export interface CommandIn {
  /** Your id of this command, a UUIDv7 if you can: again is once. */
  command_id: string;
  /** The command; its other fields go into `data`. */
  name: "orders:place" | "orders:update" | "orders:cancel" | "kds:start" | "kds:bump" | "kds:undo" | "kds:recall" | "kds:hold" | "kds:fire" | "kds:ack_void" | "kds:rush" | "ops:disconnect";
  data?: Record<string, unknown>;
  /** When the person acted. */
  made_at?: string | null;
  /** The kds position of the screen then. */
  seen_seq?: number | null;
}

/** `command:refused`: for commands that asked for no ack. `command` is the command's name. */
export interface CommandRefused {
  command_id: string | null;
  name: string;
  code: string;
  message: string;
}

/**
 * Somebody left a namespace; `code` is a goodbye's, or the transport's own word.
 *
 * `row` comes once a connection, with the last of its namespaces.
 */
export interface ConnectionClosed {
  connection: string;
  subject: string;
  namespace: string;
  code: string;
  row?: ClosedRow | null;
}

/** Somebody joined a namespace. */
export interface ConnectionOpened {
  connection: string;
  subject: string;
  role: string;
  namespace: string;
  address: string;
  transport: string;
  client?: string | null;
  device?: string | null;
  since: string;
}

/** One connection as operators see it. In `connections:changed` only `connection` and what changed is given. */
export interface ConnectionRow {
  connection: string;
  subject: string;
  role: string;
  namespaces: string[];
  stations: string[];
  device?: string | null;
  /** Name and version as the client gives them. */
  client?: string | null;
  address: string;
  transport: string;
  since?: string | null;
  rtt_ms?: number | null;
  /** Since its last event; heartbeats do not count. Told in steps, not each second. */
  idle_s?: number | null;
  in_per_s: number;
  /** Packets, heartbeats included, over the last samples; told when it moved by one, or by a quarter. */
  out_per_s: number;
  queue_bytes: number;
  /** How long the oldest undelivered packet has waited. */
  oldest_ms?: number | null;
  /** How many events of its station stream it had not seen when it last reported; None: it does not report. */
  lag?: number | null;
  /** Commands in its outbox, as it says. */
  unsent?: number | null;
  /** `on`, `muted` or `off`, as it says. */
  sound?: string | null;
  /** From a key to its frame, as it says. */
  key_ms_p99?: number | null;
  /** From a fact to its frame, as it says. */
  glass_ms_p99?: number | null;
  /** Size and terminal, as it says. */
  screen?: string | null;
  /** Commands refused since it came. */
  refusals: number;
  /** Code of the last refusal. */
  last_error?: string | null;
}

/** Rows that are new or look different: new ones whole, the others only where they changed; `null` clears. */
export interface ConnectionsChanged {
  rows: Record<string, unknown>[];
}

/** Starters, mains: `index` orders them, `fired_at` says when it was called. */
export interface Course {
  index: number;
  name?: string | null;
  fired_at?: string | null;
}

/** Starters, mains: `index` orders them, `fired_at` says when it was called. */
export interface CourseIn {
  index: number;
  name?: string | null;
  fired_at?: string | null;
}

/** The minimum a kitchen needs to hand food to a person. `ref` is the source's opaque id. */
export interface Customer {
  ref?: string | null;
  name?: string | null;
  phone_last4?: string | null;
  pager?: string | null;
}

/** The minimum a kitchen needs to hand food to a person. `ref` is the source's opaque id. */
export interface CustomerIn {
  ref?: string | null;
  name?: string | null;
  phone_last4?: string | null;
  pager?: string | null;
}

/** Throw a connection off. `reason` is told to whoever stands there. */
export interface Disconnect {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  connection: string;
  reason?: string | null;
  /** The goodbye: `forced` stays away until a person acts, `moved` comes back at once. */
  code?: "forced" | "moved";
}

/** One fact with its place in its stream. `prev`, in a station's view only: the seq of the view's event before. */
export interface Envelope<Name extends keyof Facts = keyof Facts> {
  id: string;
  v: number;
  store: string;
  stream: string;
  epoch: string | null;
  seq: number | null;
  at: string;
  name: Name;
  data: Facts[Name];
  cause: string | null;
  actor: Actor;
  trace?: string | null;
  prev?: number | null;
}

/** Where an answered command's fact stands. */
export interface EventRef {
  stream: string;
  epoch: string;
  seq: number;
  name: string;
}

/** Start cooking now. */
export interface Fire {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  ticket_id: string;
  item_ids?: string[] | null;
  reason?: string | null;
}

/** The newest position of a silent stream. */
export interface Head {
  epoch: string;
  seq: number;
  digest?: string | null;
  /** To the subscriber of a station's view: the seq of the last event in that view. */
  view?: number | null;
}

/** `stream:history`: what happened to one order, in the streams this token hears; the ack is a `HistoryRead`. */
export interface History {
  /** For tokens that reach several. */
  store?: string | null;
  order_id: string;
  /** Of the page before, when it said `more`. */
  cursor?: string | null;
}

/**
 * What happened to one order, in the durable streams that the asker hears; each stream's events in its order.
 *
 * `more` → ask again with `cursor`. A page holds no more than one of `Read`.
 */
export interface HistoryRead {
  order_id: string;
  events: Envelope[];
  more: boolean;
  cursor?: string | null;
}

/** Not yet. */
export interface Hold {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  ticket_id: string;
  item_ids?: string[] | null;
  reason?: string | null;
}

/** One row of an order. Outsiders need only give `name` and `qty`; the gateway fills `item_id`. */
export interface Item {
  item_id?: string | null;
  external_item_id?: string | null;
  /** The combo this row is part of. */
  parent_item_id?: string | null;
  sku?: string | null;
  name: string;
  kitchen_name?: Record<string, string> | null;
  variation?: string | null;
  category?: string | null;
  qty: string;
  unit: "each" | "kg" | "g" | "l";
  course?: number | null;
  seat?: string | null;
  /** Stations the source asks for; they come before every routing rule. */
  station_hint: string[];
  modifiers: Modifier[];
  notes: Note[];
  allergies: Allergy[];
  change?: "new" | "changed" | "voided" | null;
  voided_qty?: string | null;
  prep_seconds?: number | null;
  delay_seconds?: number | null;
  /** Told by the gateway: this row was taken off the order. */
  voided: boolean;
}

/** One row of an update: with `item_id` the fields given replace, `qty: "0"` voids; without, a row is added. */
export interface ItemChange {
  item_id?: string | null;
  name?: string | null;
  qty?: string | number | null;
  unit?: "each" | "kg" | "g" | "l" | null;
  kitchen_name?: Record<string, string> | null;
  variation?: string | null;
  category?: string | null;
  sku?: string | null;
  external_item_id?: string | null;
  parent_item_id?: string | null;
  course?: number | null;
  seat?: string | null;
  station_hint?: string[] | null;
  modifiers?: ModifierIn[] | null;
  notes?: NoteIn[] | null;
  allergies?: AllergyIn[] | null;
  prep_seconds?: number | null;
}

/** Start cooking now. */
export interface ItemFired {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
}

/** Some of an order left the pass. */
export interface ItemHandedOver {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
}

/** Not yet. */
export interface ItemHeld {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
}

/** One row of an order. Outsiders need only give `name` and `qty`; the gateway fills `item_id`. */
export interface ItemIn {
  item_id?: string | null;
  external_item_id?: string | null;
  /** The combo this row is part of. */
  parent_item_id?: string | null;
  sku?: string | null;
  name: string;
  kitchen_name?: Record<string, string> | null;
  variation?: string | null;
  category?: string | null;
  qty: string | number;
  unit?: "each" | "kg" | "g" | "l";
  course?: number | null;
  seat?: string | null;
  /** Stations the source asks for; they come before every routing rule. */
  station_hint?: string[];
  modifiers?: ModifierIn[];
  notes?: NoteIn[];
  allergies?: AllergyIn[];
  change?: "new" | "changed" | "voided" | null;
  voided_qty?: string | number | null;
  prep_seconds?: number | null;
  delay_seconds?: number | null;
  /** Told by the gateway: this row was taken off the order. */
  voided?: boolean;
}

/** A station's part is done. `forced` when expo closed over it. */
export interface ItemReady {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
  forced: boolean;
}

/** Lines are back in an earlier state: an undo, or work done on words that had changed meanwhile. */
export interface ItemReopened {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
  lines: LineWas[];
  undo: boolean;
}

/** A cook is on it. */
export interface ItemStarted {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
}

/** Off the order; stays on the card, struck through, until acknowledged. */
export interface ItemVoided {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
}

/**
 * A page of the kds stream's snapshot: some of the tickets, and the same rest on every page of one position.
 *
 * `stacks` maps a station to its done tickets, the last one last; `views` to the seq of its view's last event.
 */
export interface KdsSnapshot {
  v: number;
  seq: number;
  day: string;
  tickets: Record<string, unknown>[];
  stock: Record<string, unknown>;
  stacks: Record<string, string[]>;
  views: Record<string, number>;
}

/** Times counted by bucket, for `BUCKETS_MS`; differences since the sample before. */
export interface Latency {
  counts: number[];
  sum_ms: number;
}

/** `limit:warning`: one fifth is left. */
export interface LimitWarning {
  class: string;
  left: number;
  limit: number;
  resets_in_ms: number;
}

/** An item as it is now and as it was. `cooking` is false when only a mark is due (course, seat). */
export interface LineChange {
  line: TicketItem;
  before: TicketItem;
  cooking: boolean;
}

/** One item at one station. */
export type LineState = "held" | "queued" | "started" | "ready" | "voided";

/** What a line goes back to. */
export interface LineWas {
  item_id: string;
  state: LineState;
  begun: boolean;
  handed_over: boolean;
  /** The marks it has from now on; None leaves them. */
  marks?: Mark[] | null;
}

/**
 * What subscribing to a live stream acks: how it is now, without a place, for the latest wins.
 *
 * `more` → ask again with `cursor` for the next page; facts are heard from the first page on.
 */
export interface LiveRead {
  stream: string;
  epoch?: null;
  seq?: null;
  head?: null;
  recovered: false;
  was_recovering: false;
  more: boolean;
  snapshot: Record<string, unknown>;
  cursor?: string | null;
}

/** What a cook must notice beside the item; shown as a word. */
export type Mark = "CHANGED" | "RECALLED" | "ADD-ON" | "UNROUTED";

/** One choice on a dish: NO onions, EXTRA cheese, a SIDE of rice; choices may have choices of their own. */
export interface Modifier {
  id?: string | null;
  group?: string | null;
  name: string;
  kitchen_name?: Record<string, string> | null;
  qty?: string | null;
  action: "add" | "no" | "extra" | "lite" | "side" | "sub" | "choice" | "pre";
  children: Modifier[];
}

/** One choice on a dish: NO onions, EXTRA cheese, a SIDE of rice; choices may have choices of their own. */
export interface ModifierIn {
  id?: string | null;
  group?: string | null;
  name: string;
  kitchen_name?: Record<string, string> | null;
  qty?: string | number | null;
  action?: "add" | "no" | "extra" | "lite" | "side" | "sub" | "choice" | "pre";
  children?: ModifierIn[];
}

/** Words for the kitchen. `scope` is who they are for, `origin` who wrote them. */
export interface Note {
  text: string;
  scope?: string | null;
  origin?: string | null;
}

/** Words for the kitchen. `scope` is who they are for, `origin` who wrote them. */
export interface NoteIn {
  text: string;
  scope?: string | null;
  origin?: string | null;
}

/** An operator did something, or was refused. */
export interface OpsActed {
  line: AuditLine;
}

/** How a store's traffic and the gateway's process fared over the last `interval_ms`. */
export interface OpsSampled {
  interval_ms: number;
  connections: number;
  by_namespace: Record<string, number>;
  by_transport: Record<string, number>;
  by_role: Record<string, number>;
  opened: number;
  closed: number;
  /** Commands and requests that arrived, by name. */
  events_in: Record<string, number>;
  /** Events handed to sockets, by name, each recipient counted. */
  events_out: Record<string, number>;
  bytes_in: number;
  bytes_out: number;
  /** Refusals: code → command → how many. */
  errors: Record<string, Record<string, number>>;
  /** From a command's arrival to its answer, by command. */
  latency: Record<string, Latency>;
  /** Durable stream → newest seq. */
  heads: Record<string, number>;
  /** How long the journal's last commit took. */
  commit_ms: number;
  journal_queue: number;
  /** The longest time the event loop was late in this interval. */
  loop_stall_ms: number;
  /** Share of one core. */
  cpu: number;
  rss_bytes: number;
  uptime_s: number;
  version: string;
  /** Dependency → `ok`, or what is wrong with it in a sentence. */
  health: Record<string, string>;
}

/**
 * A page of the ops stream's snapshot. Lists go on from page to page; the rest is on the first one.
 *
 * Connections come first, oldest first, then audit lines and closed ones, newest first.
 */
export interface OpsSnapshot {
  v: number;
  server_time: string;
  buckets_ms: number[];
  connections: ConnectionRow[];
  /** The newest first. */
  closed: ClosedRow[];
  audit: AuditLine[];
  /** The newest one. */
  sample?: OpsSampled | null;
  /**
   * The same figures from the gateway's start to the last sample; `interval_ms` says how long that is. With the
   * samples that follow, nothing is counted twice.
   */
  totals?: OpsSampled | null;
}

/** The canonical order: what the gateway keeps and tells. */
export interface Order {
  service: "dine_in" | "pickup" | "delivery" | "curbside" | "drive_thru" | "catering" | "unknown" | null;
  service_label?: string | null;
  table?: string | null;
  room?: string | null;
  tab?: string | null;
  covers?: number | null;
  server?: string | null;
  terminal?: string | null;
  customer?: Customer | null;
  fire_at?: string | null;
  promised_at?: string | null;
  asap?: boolean | null;
  accept_by?: string | null;
  priority: "normal" | "rush" | "vip" | null;
  notes?: Note[] | null;
  allergies?: Allergy[] | null;
  courses?: Course[] | null;
  total?: Total | null;
  paid?: boolean | null;
  display_no: string;
  id: string;
  external_id?: string | null;
  source: Source;
  source_revision?: string | null;
  /** Counts up with every change; the ETag of HTTP. */
  revision: number;
  status: Status;
  /** The day the store counts it to, YYYY-MM-DD; it turns at the store's `day_starts`. */
  service_day: string;
  hold: "none" | "parked" | "scheduled" | "awaiting_release";
  test: boolean;
  /** Known only from a change to it: the source never told the whole. */
  partial: boolean;
  placed_at: string;
  raw_ref?: string | null;
  items: Item[];
}

/** Taken back. */
export interface OrderCancelled {
  order_id: string;
  reason?: string | null;
}

/** What an update did to one ticket: items added, changed, voided; `ticket` when the top of the card changed. */
export interface OrderChanged {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
  added: TicketItem[];
  changed: LineChange[];
  voided: string[];
  ticket?: TicketHeader | null;
}

/** Top-level fields given replace; `items` lists the changed rows only. */
export interface OrderChanges {
  service?: "dine_in" | "pickup" | "delivery" | "curbside" | "drive_thru" | "catering" | "unknown" | null;
  service_label?: string | null;
  table?: string | null;
  room?: string | null;
  tab?: string | null;
  covers?: number | null;
  server?: string | null;
  terminal?: string | null;
  customer?: CustomerIn | null;
  fire_at?: string | null;
  promised_at?: string | null;
  asap?: boolean | null;
  accept_by?: string | null;
  priority?: "normal" | "rush" | "vip" | null;
  notes?: NoteIn[] | null;
  allergies?: AllergyIn[] | null;
  courses?: CourseIn[] | null;
  total?: TotalIn | null;
  paid?: boolean | null;
  display_no?: string | null;
  items?: ItemChange[];
}

/** The order left the kitchen. */
export interface OrderComplete {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
}

/** Handed over. */
export interface OrderCompleted {
  order_id: string;
}

/** An order was taken in; whole. */
export interface OrderCreated {
  order_id: string;
  order: Order;
}

/** An order as it comes in. Smallest: one item with a name and a quantity. */
export interface OrderIn {
  service?: "dine_in" | "pickup" | "delivery" | "curbside" | "drive_thru" | "catering" | "unknown" | null;
  service_label?: string | null;
  table?: string | null;
  room?: string | null;
  tab?: string | null;
  covers?: number | null;
  server?: string | null;
  terminal?: string | null;
  customer?: CustomerIn | null;
  fire_at?: string | null;
  promised_at?: string | null;
  asap?: boolean | null;
  accept_by?: string | null;
  priority?: "normal" | "rush" | "vip" | null;
  notes?: NoteIn[] | null;
  allergies?: AllergyIn[] | null;
  courses?: CourseIn[] | null;
  total?: TotalIn | null;
  paid?: boolean | null;
  display_no?: string | null;
  external_id?: string | null;
  kind?: "full" | "delta" | "void";
  source?: SourceIn;
  source_revision?: string | null;
  event_id?: string | null;
  placed_at?: string | null;
  hold?: "none" | "parked" | "scheduled" | "awaiting_release";
  test?: boolean;
  raw_ref?: string | null;
  items?: ItemIn[];
}

/** A station has a new ticket. */
export interface OrderIncoming {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
  ticket: TicketCard;
}

/** These items are ready at every station they needed. */
export interface OrderItemReady {
  order_id: string;
  item_ids: string[];
}

/** A close was taken back. */
export interface OrderReopened {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
  lines: LineWas[];
}

/** An order moved; comes before the specific fact. */
export interface OrderStatusChanged {
  order_id: string;
  from: Status;
  to: Status;
}

/** An order was changed: as it is now, and which top-level fields are new. */
export interface OrderUpdated {
  order_id: string;
  order: Order;
  changed: string[];
}

/** A page of the orders stream's snapshot: some of the service day's orders, and older ones still open. */
export interface OrdersSnapshot {
  v: number;
  day: string;
  orders: Record<string, unknown>[];
}

/** Take this order in. A source's order we know already is an update. */
export interface PlaceOrder {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  order: OrderIn;
}

/** The last position a client has seen. */
export interface PositionIn {
  epoch: string;
  seq: number;
}

/** An order goes before others, or back in line; for all its tickets. */
export interface PriorityChanged {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
  priority: "normal" | "rush" | "vip";
  was: "normal" | "rush" | "vip";
  undo: boolean;
}

/**
 * What a stream holds after a position: events or a snapshot, never part of either called a whole.
 *
 * `seq` is the position after this answer, `head` the newest there is, `more` says ask again (with `cursor` if given).
 */
export interface Read {
  stream: string;
  epoch: string;
  seq: number;
  head: number;
  recovered: boolean;
  was_recovering: boolean;
  more: boolean;
  events?: Envelope[] | null;
  snapshot?: Record<string, unknown> | null;
  cursor?: string | null;
}

/** Bring a done ticket or item back; its age stays. */
export interface Recall {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  ticket_id: string;
  item_ids?: string[] | null;
  reason?: string | null;
  restart_fire_clock?: boolean;
}

/** `auth:refresh`: a new token for the whole connection. */
export interface Refresh {
  token: string;
}

/** `session:report`: how a client fares by its own account, every few seconds; the newest counts. */
export interface Report {
  /** Stream → the last seq taken in. */
  positions?: Record<string, number>;
  unsent?: number | null;
  sound?: "on" | "muted" | "off" | null;
  /** From a key to the frame that answered it. */
  key_ms_p99?: number | null;
  /** From a fact's time to its frame. */
  glass_ms_p99?: number | null;
  /** Size, colours, terminal: `100x30 xterm-256color`. */
  screen?: string | null;
}

/** Put an order before the others, or back in line. */
export interface Rush {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  ticket_id: string;
  priority: "normal" | "rush" | "vip";
}

/** `session:goodbye`, the last thing said. */
export interface SessionGoodbye {
  code: string;
  number: number;
  sentence: string;
  reconnect: boolean;
  retry_after_ms?: number | null;
}

/** The first thing said after CONNECT. */
export interface SessionReady {
  subject: string;
  role: string;
  store: string | null;
  stations: string[];
  ttl_s: number;
  degraded: boolean;
  streams: Record<string, StreamState>;
  settings?: StoreSettings | null;
  server_time: string;
}

/** Where an order came from, in that system's own ids. */
export interface Source {
  system: string;
  account?: string | null;
  store?: string | null;
  channel?: string | null;
  brand?: string | null;
}

/** Where an order came from, in that system's own ids. */
export interface SourceIn {
  system?: string;
  account?: string | null;
  store?: string | null;
  channel?: string | null;
  brand?: string | null;
}

/** I am on it. */
export interface Start {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  ticket_id: string;
  item_ids?: string[] | null;
  reason?: string | null;
}

/** Where an order stands: held → received → in_progress → ready → completed, or cancelled. */
export type Status = "held" | "received" | "in_progress" | "ready" | "completed" | "cancelled";

/** What a screen must know of its store. */
export interface StoreSettings {
  display_name: string;
  stations: string[];
  expo: boolean;
  gating: "always" | "when_ready";
  /** Ages at which a ticket turns warm, hot, late. */
  heat_s: number[];
  timezone: string;
  day_starts: string;
}

/** `stream:head`: sent every 5 s for streams silent since the last one, so that a lost last event is noticed. */
export interface StreamHead {
  heads: Record<string, Head>;
  server_time: string;
}

/** Where a stream stands as a session begins. `recovered: false` means: ask for a snapshot. */
export interface StreamState {
  epoch: string | null;
  seq: number | null;
  recovered: boolean;
  was_recovering: boolean;
}

/** `stream:subscribe`: hear a stream from a position on; the ack is a read. */
export interface Subscribe {
  stream: string;
  epoch?: string | null;
  after?: number | null;
  cursor?: string | null;
  station?: string | null;
}

/** A station's part of an order, with all that is painted. */
export interface TicketCard {
  display_no: string;
  service: "dine_in" | "pickup" | "delivery" | "curbside" | "drive_thru" | "catering" | "unknown";
  service_label?: string | null;
  table?: string | null;
  room?: string | null;
  tab?: string | null;
  covers?: number | null;
  server?: string | null;
  source?: string | null;
  customer_name?: string | null;
  placed_at: string;
  fire_at?: string | null;
  promised_at?: string | null;
  accept_by?: string | null;
  priority: "normal" | "rush" | "vip";
  notes: Note[];
  allergies: Allergy[];
  service_day: string;
  paid?: boolean | null;
  test: boolean;
  items: TicketItem[];
}

/** The top of a card: everything painted that is not an item. */
export interface TicketHeader {
  display_no: string;
  service: "dine_in" | "pickup" | "delivery" | "curbside" | "drive_thru" | "catering" | "unknown";
  service_label?: string | null;
  table?: string | null;
  room?: string | null;
  tab?: string | null;
  covers?: number | null;
  server?: string | null;
  source?: string | null;
  customer_name?: string | null;
  placed_at: string;
  fire_at?: string | null;
  promised_at?: string | null;
  accept_by?: string | null;
  priority: "normal" | "rush" | "vip";
  notes: Note[];
  allergies: Allergy[];
  service_day: string;
  paid?: boolean | null;
  test: boolean;
}

/** An item as a station paints it. `stations` are the prep stations it was dealt to; none: expo's own. */
export interface TicketItem {
  item_id: string;
  parent_item_id?: string | null;
  name: string;
  kitchen_name?: Record<string, string> | null;
  variation?: string | null;
  qty: string;
  unit: "each" | "kg" | "g" | "l";
  modifiers: Modifier[];
  notes: Note[];
  allergies: Allergy[];
  course?: number | null;
  seat?: string | null;
  prep_seconds?: number | null;
  stations: string[];
  held: boolean;
  marks: Mark[];
}

/** A ticket is back on the wall, with its age. */
export interface TicketRecalled {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
  restart_fire_clock: boolean;
}

/** What the bill says, for the dashboard; never shown on a station. */
export interface Total {
  amount: string;
  currency: string;
}

/** What the bill says, for the dashboard; never shown on a station. */
export interface TotalIn {
  amount: string | number;
  currency: string;
}

/** Take back my last start, bump, hold or rush on this ticket. */
export interface Undo {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  ticket_id: string;
  item_ids?: string[] | null;
  reason?: string | null;
}

/** `stream:unsubscribe`. */
export interface Unsubscribe {
  stream: string;
}

/** Change an order that is up. `if_revision` refuses when somebody else was faster. */
export interface UpdateOrder {
  command_id: string;
  /** When the person acted: for reports and receipts, never for ordering. */
  made_at?: string | null;
  /** The kds position of the screen the person looked at. */
  seen_seq?: number | null;
  order_id: string;
  changes: OrderChanges;
  if_revision?: number | null;
}

/** A cook has seen the void. */
export interface VoidAcknowledged {
  order_id: string;
  ticket_id: string;
  station: string;
  stations: string[];
  item_ids: string[];
  reason?: string | null;
  /** When the person acted, by the clock of the screen: for reports, never for ordering. */
  made_at?: string | null;
  /** That clock was more than two minutes from the gateway's, or the act waited that long to be told. */
  skewed?: boolean | null;
}

/** What `data` holds, by the name of the event. */
export interface Facts {
  "order:created": OrderCreated;
  "order:updated": OrderUpdated;
  "order:status_changed": OrderStatusChanged;
  "order:item_ready": OrderItemReady;
  "order:completed": OrderCompleted;
  "order:cancelled": OrderCancelled;
  "kds:order_incoming": OrderIncoming;
  "kds:order_changed": OrderChanged;
  "kds:item_voided": ItemVoided;
  "kds:item_started": ItemStarted;
  "kds:item_ready": ItemReady;
  "kds:item_handed_over": ItemHandedOver;
  "kds:order_complete": OrderComplete;
  "kds:item_reopened": ItemReopened;
  "kds:order_reopened": OrderReopened;
  "kds:ticket_recalled": TicketRecalled;
  "kds:item_held": ItemHeld;
  "kds:item_fired": ItemFired;
  "kds:priority_changed": PriorityChanged;
  "kds:void_acknowledged": VoidAcknowledged;
  "ops:sampled": OpsSampled;
  "connections:changed": ConnectionsChanged;
  "connection:opened": ConnectionOpened;
  "connection:closed": ConnectionClosed;
  "ops:acted": OpsActed;
}

/** What a socket hears. `offset` comes with Socket.IO's own recovery only. */
export interface HeardEvents {
  "order:created": (event: Envelope<"order:created">, offset?: string) => void;
  "order:updated": (event: Envelope<"order:updated">, offset?: string) => void;
  "order:status_changed": (event: Envelope<"order:status_changed">, offset?: string) => void;
  "order:item_ready": (event: Envelope<"order:item_ready">, offset?: string) => void;
  "order:completed": (event: Envelope<"order:completed">, offset?: string) => void;
  "order:cancelled": (event: Envelope<"order:cancelled">, offset?: string) => void;
  "kds:order_incoming": (event: Envelope<"kds:order_incoming">, offset?: string) => void;
  "kds:order_changed": (event: Envelope<"kds:order_changed">, offset?: string) => void;
  "kds:item_voided": (event: Envelope<"kds:item_voided">, offset?: string) => void;
  "kds:item_started": (event: Envelope<"kds:item_started">, offset?: string) => void;
  "kds:item_ready": (event: Envelope<"kds:item_ready">, offset?: string) => void;
  "kds:item_handed_over": (event: Envelope<"kds:item_handed_over">, offset?: string) => void;
  "kds:order_complete": (event: Envelope<"kds:order_complete">, offset?: string) => void;
  "kds:item_reopened": (event: Envelope<"kds:item_reopened">, offset?: string) => void;
  "kds:order_reopened": (event: Envelope<"kds:order_reopened">, offset?: string) => void;
  "kds:ticket_recalled": (event: Envelope<"kds:ticket_recalled">, offset?: string) => void;
  "kds:item_held": (event: Envelope<"kds:item_held">, offset?: string) => void;
  "kds:item_fired": (event: Envelope<"kds:item_fired">, offset?: string) => void;
  "kds:priority_changed": (event: Envelope<"kds:priority_changed">, offset?: string) => void;
  "kds:void_acknowledged": (event: Envelope<"kds:void_acknowledged">, offset?: string) => void;
  "ops:sampled": (event: Envelope<"ops:sampled">, offset?: string) => void;
  "connections:changed": (event: Envelope<"connections:changed">, offset?: string) => void;
  "connection:opened": (event: Envelope<"connection:opened">, offset?: string) => void;
  "connection:closed": (event: Envelope<"connection:closed">, offset?: string) => void;
  "ops:acted": (event: Envelope<"ops:acted">, offset?: string) => void;
  "session:ready": (message: SessionReady, offset?: string) => void;
  "stream:head": (message: StreamHead, offset?: string) => void;
  "limit:warning": (message: LimitWarning, offset?: string) => void;
  "command:refused": (message: CommandRefused, offset?: string) => void;
  "auth:expiring": (message: AuthExpiring, offset?: string) => void;
  "session:goodbye": (message: SessionGoodbye) => void;
}

/** What a socket may say, each with its answer. */
export interface HeardCommands {
  "orders:place": (fields: PlaceOrder, answer: (answer: Answer) => void) => void;
  "orders:update": (fields: UpdateOrder, answer: (answer: Answer) => void) => void;
  "orders:cancel": (fields: CancelOrder, answer: (answer: Answer) => void) => void;
  "kds:start": (fields: Start, answer: (answer: Answer) => void) => void;
  "kds:bump": (fields: Bump, answer: (answer: Answer) => void) => void;
  "kds:undo": (fields: Undo, answer: (answer: Answer) => void) => void;
  "kds:recall": (fields: Recall, answer: (answer: Answer) => void) => void;
  "kds:hold": (fields: Hold, answer: (answer: Answer) => void) => void;
  "kds:fire": (fields: Fire, answer: (answer: Answer) => void) => void;
  "kds:ack_void": (fields: AckVoid, answer: (answer: Answer) => void) => void;
  "kds:rush": (fields: Rush, answer: (answer: Answer) => void) => void;
  "ops:disconnect": (fields: Disconnect, answer: (answer: Answer) => void) => void;
  "stream:subscribe": (fields: Subscribe, answer: (answer: Read | LiveRead | Answer) => void) => void;
  "stream:unsubscribe": (fields: Unsubscribe, answer: (answer: Answer) => void) => void;
  "stream:history": (fields: History, answer: (answer: HistoryRead | Answer) => void) => void;
  "auth:refresh": (fields: Refresh, answer: (answer: Answer) => void) => void;
  "session:report": (fields: Report, answer: (answer: Answer) => void) => void;
}
