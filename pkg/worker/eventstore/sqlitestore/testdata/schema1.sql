-- Times are nanoseconds since 1970 UTC.
CREATE TABLE commits (
    kind         TEXT    NOT NULL,
    stream       TEXT    NOT NULL, -- eventstore.Stream.String
    version      INTEGER NOT NULL,
    cause        TEXT    NOT NULL, -- eventstore.Cause.Key
    digest       TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    policy       TEXT    NOT NULL,
    user         TEXT    NOT NULL,
    fold         INTEGER NOT NULL,
    state        TEXT,             -- NULL once a later version is published
    events       TEXT    NOT NULL, -- JSON
    timers       TEXT    NOT NULL, -- JSON
    published    INTEGER NOT NULL DEFAULT 0,
    bus_sequence INTEGER NOT NULL DEFAULT 0,
    UNIQUE (stream, version),
    UNIQUE (stream, cause)
) STRICT;
CREATE INDEX pending ON commits (kind, at) WHERE published = 0;
CREATE INDEX bus_sequence ON commits (kind, bus_sequence) WHERE bus_sequence > 0;

-- Timers that have not fired.
CREATE TABLE due (
    kind    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    stream  TEXT    NOT NULL,
    version INTEGER NOT NULL,
    timer   TEXT    NOT NULL,
    type    TEXT    NOT NULL,
    data    TEXT,
    PRIMARY KEY (stream, version, timer)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_at ON due (kind, at);

CREATE TABLE policies (
    hash     TEXT PRIMARY KEY,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 1;
