-- Facts, and the personal data beside them.

-- name: append_events
-- The facts of a transaction; the primary key would refuse a number given twice.
INSERT INTO events (tenant, stream, seq, id, v, store, at, name, data, cause, actor, trace, prevs)
VALUES /*row*/ (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) /*row*/

-- name: append_private
-- Personal data, in rows of their own so that erasing them leaves the facts as they are.
INSERT INTO private (tenant, stream, seq, data)
VALUES /*row*/ (?, ?, ?, ?) /*row*/

-- name: read_events
-- A stretch of one stream: after, before (both left out), limit. Ordered and bounded by the primary key.
SELECT e.seq, s.epoch, p.data, e.id, e.v, e.store, e.at, e.name, e.data, e.cause, e.actor, e.trace, e.prevs
FROM events AS e
JOIN streams AS s ON s.tenant = e.tenant AND s.stream = e.stream
LEFT JOIN private AS p ON p.tenant = e.tenant AND p.stream = e.stream AND p.seq = e.seq
WHERE e.tenant = ? AND e.stream = ? AND e.seq > ? AND e.seq < ?
ORDER BY e.seq
LIMIT ?

-- name: read_order
-- What one stream holds of one order: after (left out), limit. Found by the index over the order in the fact.
SELECT e.seq, s.epoch, p.data, e.id, e.v, e.store, e.at, e.name, e.data, e.cause, e.actor, e.trace, e.prevs
FROM events AS e
JOIN streams AS s ON s.tenant = e.tenant AND s.stream = e.stream
LEFT JOIN private AS p ON p.tenant = e.tenant AND p.stream = e.stream AND p.seq = e.seq
WHERE e.tenant = ? AND e.stream = ? AND json_extract(e.data, '$.order_id') = ? AND e.seq > ?
ORDER BY e.seq
LIMIT ?
