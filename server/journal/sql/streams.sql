-- Streams and where they stand.

-- name: stream_head
-- One stream's epoch and head; the writer asks once and remembers.
SELECT epoch, head FROM streams WHERE tenant = ? AND stream = ?

-- name: stream_heads
-- All streams of a tenant.
SELECT stream, epoch, head FROM streams WHERE tenant = ? ORDER BY stream

-- name: tenants
-- Who has streams here.
SELECT DISTINCT tenant FROM streams ORDER BY tenant

-- name: move_heads
-- The heads a transaction leaves behind; a stream is made with its first fact. An epoch never changes here.
INSERT INTO streams (tenant, stream, epoch, head)
VALUES /*row*/ (?, ?, ?, ?) /*row*/
ON CONFLICT (tenant, stream) DO UPDATE SET head = excluded.head
