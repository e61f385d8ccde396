-- Which shape the file has.

-- name: tables
-- How many things are in this file.
SELECT count(*) FROM sqlite_schema

-- name: schema_version
-- The newest migration that ran.
SELECT max(version) FROM schema_version

-- name: migrated
-- A migration ran; committed together with what it did.
INSERT INTO schema_version (version, name, at) VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
