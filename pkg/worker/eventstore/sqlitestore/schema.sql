-- Times are nanoseconds since 1970 UTC.
CREATE TABLE commits (
    id           INTEGER PRIMARY KEY, -- in the order in which they were appended
    kind         TEXT    NOT NULL,
    stream       TEXT    NOT NULL,    -- eventstore.Stream.String
    version      INTEGER NOT NULL,
    cause        TEXT    NOT NULL,    -- eventstore.Cause.Key
    digest       TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    policy       TEXT    NOT NULL,
    user         TEXT    NOT NULL,
    fold         INTEGER NOT NULL,
    state        TEXT,                -- NULL once a later version is published
    events       TEXT    NOT NULL,    -- JSON
    timers       TEXT    NOT NULL,    -- JSON
    published    INTEGER NOT NULL DEFAULT 0,
    bus_sequence INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX pending ON commits (kind, at) WHERE published = 0;
CREATE INDEX bus_sequence ON commits (kind, bus_sequence) WHERE bus_sequence > 0;

-- A ref leads to a commit: one by its version, one by its cause. Numbers sort before blobs, so that both are on one page, beside the stream's others.
CREATE TABLE refs (
    stream BLOB    NOT NULL, -- StreamKey
    key    ANY     NOT NULL, -- the version, or CauseKey
    id     INTEGER NOT NULL, -- of the commit
    PRIMARY KEY (stream, key)
) STRICT, WITHOUT ROWID;

-- Timers that have not fired.
CREATE TABLE IF NOT EXISTS due (
    kind    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    stream  TEXT    NOT NULL,
    version INTEGER NOT NULL,
    timer   TEXT    NOT NULL,
    type    TEXT    NOT NULL,
    data    TEXT,
    PRIMARY KEY (stream, version, timer)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due_at ON due (kind, at);

CREATE TABLE IF NOT EXISTS policies (
    hash     TEXT PRIMARY KEY,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
