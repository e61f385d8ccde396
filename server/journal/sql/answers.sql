-- Answers to commands, so that the same id never acts twice.

-- name: find_answer
-- The answer to one command.
SELECT store, command_id, digest, subject, answer, at FROM answers
WHERE tenant = ? AND store = ? AND command_id = ?

-- name: known_answers
-- Which of these commands have their answer: asked once for a whole group. CROSS JOIN keeps SQLite from walking through
-- all answers (IN over VALUES does); each command is one look into the primary key.
WITH asked (tenant, store, command_id) AS (VALUES /*row*/ (?, ?, ?) /*row*/)
SELECT tenant, store, command_id FROM asked CROSS JOIN answers USING (tenant, store, command_id)

-- name: answered_after
-- A page of the commands that have their answer, after one of them. Both bounded and ordered by the primary key alone.
SELECT tenant, store, command_id FROM answers
WHERE (tenant, store, command_id) > (?, ?, ?)
ORDER BY tenant, store, command_id
LIMIT ?

-- name: append_answers
-- The answers of a transaction; the primary key would refuse a second one.
INSERT INTO answers (tenant, store, command_id, digest, subject, answer, at)
VALUES /*row*/ (?, ?, ?, ?, ?, ?, ?) /*row*/

-- name: forget_answers
-- Some answers given before a time; a bounded number, so that appends need not wait for all of them.
DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers WHERE at < ? ORDER BY at LIMIT ?)
RETURNING 1
