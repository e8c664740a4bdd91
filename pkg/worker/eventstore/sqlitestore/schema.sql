-- Times are nanoseconds since 1970 UTC. A commit is written once: what changes of it lies in tables of its own, by its id.
CREATE TABLE commits (
    id      INTEGER PRIMARY KEY, -- in the order in which they were appended
    kind    TEXT    NOT NULL,
    stream  TEXT    NOT NULL,    -- eventstore.Stream.String
    version INTEGER NOT NULL,
    cause   TEXT    NOT NULL,    -- eventstore.Cause.Key
    digest  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    policy  TEXT    NOT NULL,
    user    TEXT    NOT NULL,
    fold    INTEGER NOT NULL,
    events  TEXT    NOT NULL,    -- JSON
    timers  TEXT    NOT NULL     -- JSON
) STRICT;

-- A ref leads to a commit: one by its version, one by its cause. Numbers sort before blobs, so that both are on one page, beside the stream's others.
CREATE TABLE refs (
    stream BLOB    NOT NULL, -- StreamKey
    key    ANY     NOT NULL, -- the version, or CauseKey
    id     INTEGER NOT NULL, -- of the commit
    PRIMARY KEY (stream, key)
) STRICT, WITHOUT ROWID;

-- What the last commit of each stream left behind.
CREATE TABLE states (
    id    INTEGER PRIMARY KEY, -- of the commit
    state TEXT NOT NULL
) STRICT;

CREATE TABLE marks (
    id           INTEGER PRIMARY KEY, -- of the commit
    kind         TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    bus_sequence INTEGER              -- NULL until the commit is published
) STRICT;
CREATE INDEX pending ON marks (kind, at) WHERE bus_sequence IS NULL;
CREATE INDEX bus_sequence ON marks (kind, bus_sequence) WHERE bus_sequence > 0;

-- Timers that have not fired.
CREATE TABLE due (
    id      INTEGER NOT NULL, -- of the commit
    timer   TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    stream  TEXT    NOT NULL,
    version INTEGER NOT NULL,
    type    TEXT    NOT NULL,
    data    TEXT,
    PRIMARY KEY (id, timer)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_at ON due (kind, at);

CREATE TABLE IF NOT EXISTS policies (
    hash     TEXT PRIMARY KEY,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
