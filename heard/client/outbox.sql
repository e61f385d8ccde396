-- What a station has promised and the gateway has not answered. Opened by one process at a time.

-- name: create_waiting
-- Commands in the order they were given; AUTOINCREMENT, so that a number is never used again.
CREATE TABLE IF NOT EXISTS waiting (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    command_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    fields TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT

-- name: create_refused
-- Commands the gateway refused for good, kept until a person has seen them.
CREATE TABLE IF NOT EXISTS refused (
    n INTEGER PRIMARY KEY,
    command_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    fields TEXT NOT NULL,
    at TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT

-- name: put
-- One more; the same id again changes nothing.
INSERT INTO waiting (command_id, name, fields, at) VALUES (?, ?, ?, ?) ON CONFLICT (command_id) DO NOTHING

-- name: waiting
-- Everything without an answer, oldest first: read once, when the outbox is opened.
SELECT command_id, name, fields, at FROM waiting ORDER BY n

-- name: refused
-- Everything refused for good, oldest first.
SELECT command_id, name, fields, at, code, message FROM refused ORDER BY n

-- name: refuse
-- A command leaves the queue for the list of refusals.
INSERT OR REPLACE INTO refused (n, command_id, name, fields, at, code, message)
SELECT n, command_id, name, fields, at, ?, ? FROM waiting WHERE command_id = ?

-- name: settle
-- A command has its answer.
DELETE FROM waiting WHERE command_id = ?

-- name: dismiss
-- A person has seen a refusal.
DELETE FROM refused WHERE command_id = ?
