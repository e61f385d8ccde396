-- The journal: streams, facts, personal data beside them, answers. The tenant leads every key.

CREATE TABLE schema_version (
    version INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    at TEXT NOT NULL
);

-- Where each stream stands. `epoch` changes only when a file is restored: positions of before mean nothing then.
CREATE TABLE streams (
    tenant TEXT NOT NULL,
    stream TEXT NOT NULL,
    epoch TEXT NOT NULL,
    head INTEGER NOT NULL,
    PRIMARY KEY (tenant, stream)
) WITHOUT ROWID;

-- Facts. A rowid table on purpose: rows are long, and always go to the end (a third cheaper than WITHOUT ROWID).
CREATE TABLE events (
    tenant TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    v INTEGER NOT NULL,
    store TEXT NOT NULL,
    at TEXT NOT NULL,
    name TEXT NOT NULL,
    data TEXT NOT NULL,
    cause TEXT,
    actor TEXT NOT NULL,
    trace TEXT,
    prevs TEXT,
    PRIMARY KEY (tenant, stream, seq)
);

-- Personal data of a fact; erased by deleting the row.
CREATE TABLE private (
    tenant TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (tenant, stream, seq)
) WITHOUT ROWID;

-- The one answer to each command.
CREATE TABLE answers (
    tenant TEXT NOT NULL,
    store TEXT NOT NULL,
    command_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    subject TEXT NOT NULL,
    answer TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (tenant, store, command_id)
);

CREATE INDEX answers_by_age ON answers (at);
