-- Version 4: methods, tasks and data sets, what papers do with them, places that people corrected, and ideas.

-- What papers are about; derived from their words, rewritten whenever these change. `key` is the kind and the name in small
-- letters (`method:low-rank adaptation`).
CREATE TABLE concepts (
    cid   INTEGER PRIMARY KEY,
    key   TEXT NOT NULL UNIQUE,
    kind  TEXT NOT NULL,                       -- method, task or dataset
    name  TEXT NOT NULL,                       -- as it is mostly written
    forms TEXT NOT NULL DEFAULT '[]',          -- all spellings (JSON), the most used first
    zh    TEXT,
    curated INTEGER NOT NULL                   -- 1: it stands in terms.tsv; 0: it was mined
);

-- A paper's edge to a concept, and the words it was read from: characters `start` to `stop` of `field`. Derived likewise.
CREATE TABLE mentions (
    pid    INTEGER NOT NULL REFERENCES papers (pid) ON DELETE CASCADE,
    cid    INTEGER NOT NULL REFERENCES concepts (cid) ON DELETE CASCADE,
    edge   TEXT NOT NULL,                      -- introduces, uses, addresses, evaluates_on, improves or combines
    weight REAL NOT NULL,
    field  TEXT NOT NULL,                      -- title or abstract
    start  INTEGER NOT NULL,
    stop   INTEGER NOT NULL,
    PRIMARY KEY (pid, cid, edge)
) WITHOUT ROWID;
CREATE INDEX mentions_cid ON mentions (cid, pid);

-- What somebody said of a paper's place: that it stands there (1), or that it does not (0). No rewriting of places touches it.
CREATE TABLE corrections (
    pid       INTEGER NOT NULL REFERENCES papers (pid) ON DELETE CASCADE,
    direction TEXT NOT NULL,
    stands    INTEGER NOT NULL,
    created   TEXT NOT NULL,
    PRIMARY KEY (pid, direction)
) WITHOUT ROWID;

-- Ideas: proposed by a move, or written by somebody (`move` is then `own`). `body` is an Idea as JSON. A new run takes out the
-- proposals that nobody has touched, and never changes another.
CREATE TABLE ideas (
    key     TEXT PRIMARY KEY,
    move    TEXT NOT NULL,
    body    TEXT NOT NULL,
    state   TEXT NOT NULL DEFAULT 'new',       -- new, reading, trying, dropped or done
    rating  INTEGER,                           -- 1 to 5
    tags    TEXT NOT NULL DEFAULT '[]',
    touched INTEGER NOT NULL DEFAULT 0,        -- 1: somebody rated, tagged, moved or annotated it, or wrote it
    created TEXT NOT NULL,
    changed TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE idea_notes (
    nid     INTEGER PRIMARY KEY,
    key     TEXT NOT NULL REFERENCES ideas (key) ON DELETE CASCADE,
    text    TEXT NOT NULL,
    created TEXT NOT NULL
);
CREATE INDEX idea_notes_key ON idea_notes (key);
