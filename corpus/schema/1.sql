-- The library, version 1 of its tables. `pid` is a paper's key inside the file; outside, a paper goes by `papers.id`.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- What the records of a paper merge to; always rebuildable from `records`.
CREATE TABLE papers (
    pid        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL,
    arxiv_id   TEXT,
    doi        TEXT,
    title      TEXT NOT NULL,
    abstract   TEXT,
    authors    TEXT NOT NULL DEFAULT '[]',
    year       INTEGER,
    venue      TEXT,
    categories TEXT NOT NULL DEFAULT '[]',
    keywords   TEXT NOT NULL DEFAULT '[]',
    url        TEXT,
    code_url   TEXT,
    published  TEXT,
    updated    TEXT,
    summary_by TEXT,
    strategies TEXT NOT NULL DEFAULT '[]',
    directions TEXT NOT NULL DEFAULT '[]',
    origin     TEXT NOT NULL DEFAULT '{}',     -- field -> label of the record it came from
    title_key  TEXT NOT NULL,
    text_hash  TEXT NOT NULL                   -- of the words that are embedded
);
CREATE INDEX papers_title_key ON papers (title_key);
CREATE INDEX papers_year ON papers (year);

-- Every record as it came; nothing that was imported is lost in a merge.
CREATE TABLE records (
    label  TEXT NOT NULL,                      -- where it came from: a file's name, `starter`, `arxiv`
    key    TEXT NOT NULL,                      -- the id it goes by there
    pid    INTEGER NOT NULL REFERENCES papers (pid) ON DELETE CASCADE,
    hash   TEXT NOT NULL,
    body   TEXT NOT NULL,                      -- the record as JSON
    PRIMARY KEY (label, key)
) WITHOUT ROWID;
CREATE INDEX records_pid ON records (pid);

-- Every id that anything is known by. An id without a paper waits for one: its citations light up when it arrives.
CREATE TABLE ids (
    aid   INTEGER PRIMARY KEY,
    alias TEXT NOT NULL UNIQUE,
    pid   INTEGER REFERENCES papers (pid) ON DELETE SET NULL
);
CREATE INDEX ids_pid ON ids (pid);

CREATE TABLE citations (
    citing INTEGER NOT NULL REFERENCES ids (aid),
    cited  INTEGER NOT NULL REFERENCES ids (aid),
    PRIMARY KEY (citing, cited)
) WITHOUT ROWID;
CREATE INDEX citations_cited ON citations (cited);

CREATE TABLE notes (
    nid     INTEGER PRIMARY KEY,
    pid     INTEGER NOT NULL REFERENCES papers (pid) ON DELETE CASCADE,
    text    TEXT NOT NULL,
    created TEXT NOT NULL
);
CREATE INDEX notes_pid ON notes (pid);

CREATE TABLE tags (
    pid INTEGER NOT NULL REFERENCES papers (pid) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (pid, tag)
) WITHOUT ROWID;

-- Where a paper stands under the strategies; derived, rewritten whenever vectors or directions change.
CREATE TABLE places (
    pid       INTEGER NOT NULL REFERENCES papers (pid) ON DELETE CASCADE,
    direction TEXT NOT NULL,
    strategy  TEXT NOT NULL,
    weight    REAL NOT NULL,
    source    TEXT NOT NULL,
    PRIMARY KEY (pid, direction)
) WITHOUT ROWID;
CREATE INDEX places_strategy ON places (strategy, pid);

-- Pairs of papers that are among each other's nearest in meaning; derived from the vectors. `one` < `other`.
CREATE TABLE similar (
    one        INTEGER NOT NULL REFERENCES papers (pid) ON DELETE CASCADE,
    other      INTEGER NOT NULL REFERENCES papers (pid) ON DELETE CASCADE,
    similarity REAL NOT NULL,
    PRIMARY KEY (one, other)
) WITHOUT ROWID;
CREATE INDEX similar_other ON similar (other);

CREATE VIRTUAL TABLE papers_fts USING fts5 (
    title, abstract, authors, content = 'papers', content_rowid = 'pid', tokenize = 'porter unicode61'
);
CREATE TRIGGER papers_inserted AFTER INSERT ON papers BEGIN
    INSERT INTO papers_fts (rowid, title, abstract, authors) VALUES (new.pid, new.title, new.abstract, new.authors);
END;
CREATE TRIGGER papers_deleted AFTER DELETE ON papers BEGIN
    INSERT INTO papers_fts (papers_fts, rowid, title, abstract, authors)
    VALUES ('delete', old.pid, old.title, old.abstract, old.authors);
END;
CREATE TRIGGER papers_changed AFTER UPDATE OF title, abstract, authors ON papers BEGIN
    INSERT INTO papers_fts (papers_fts, rowid, title, abstract, authors)
    VALUES ('delete', old.pid, old.title, old.abstract, old.authors);
    INSERT INTO papers_fts (rowid, title, abstract, authors) VALUES (new.pid, new.title, new.abstract, new.authors);
END;
