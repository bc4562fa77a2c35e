-- Version 2: harvesting, waiting papers, full texts, and merges that can be undone.

-- Records are compared with records, not with what they merged to: so the order of arrival cannot matter.
ALTER TABLE records ADD COLUMN title_key TEXT NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN author_key TEXT NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN year INTEGER;
UPDATE records SET title_key = title_key(json_extract(body, '$.title')),
                   author_key = author_key(json_extract(body, '$.authors[0]')),
                   year = json_extract(body, '$.year');
CREATE INDEX records_title_key ON records (title_key, author_key, pid, year);
DROP INDEX papers_title_key;

-- The second record of a source under one id had the key `ID #2`, which may be another paper's id. No id holds a line break.
UPDATE records SET key = substr(rtrim(key, '0123456789'), 1, length(rtrim(key, '0123456789')) - 2) || char(10)
                      || substr(key, length(rtrim(key, '0123456789')) + 1)
 WHERE rtrim(key, '0123456789') <> key AND rtrim(key, '0123456789') LIKE '% #'
   AND coalesce(json_extract(body, '$.id'), '') <> key;

-- What became one paper, and why. `moved` (JSON) says what came over, so that it can be taken out again.
CREATE TABLE merges (
    mid     INTEGER PRIMARY KEY,
    pid     INTEGER NOT NULL REFERENCES papers (pid) ON DELETE CASCADE,
    moved   TEXT NOT NULL,
    why     TEXT NOT NULL,
    created TEXT NOT NULL
);
CREATE INDEX merges_pid ON merges (pid);

-- Records that somebody took out of a paper: nothing but their own next version is merged with them again.
CREATE TABLE apart (label TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (label, key)) WITHOUT ROWID;

-- Where a note was read: a file's name, or nothing where it was written here.
ALTER TABLE notes ADD COLUMN source TEXT;

-- How far a source was read: `key` is the question that was asked, `state` (JSON) the source's own.
CREATE TABLE cursors (
    source  TEXT NOT NULL,
    key     TEXT NOT NULL,
    state   TEXT NOT NULL,
    changed TEXT NOT NULL,
    PRIMARY KEY (source, key)
) WITHOUT ROWID;

-- Every harvest: what was asked, and the report at its end (null while it runs, or where it was killed).
CREATE TABLE harvests (
    hid     INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    ended   TEXT,
    request TEXT NOT NULL,
    report  TEXT
);

-- Which topic found which paper, and in which harvest for the first time.
CREATE TABLE found (
    topic TEXT NOT NULL,
    pid   INTEGER NOT NULL REFERENCES papers (pid) ON DELETE CASCADE,
    hid   INTEGER NOT NULL REFERENCES harvests (hid),
    isnew INTEGER NOT NULL,                    -- 1: the library had not known the paper
    PRIMARY KEY (topic, pid)
) WITHOUT ROWID;
CREATE INDEX found_pid ON found (pid);
CREATE INDEX found_hid ON found (hid);

-- Which paper (by one of its ids) a source of citations was asked about; null: it did not know the paper.
CREATE TABLE asked (
    source   TEXT NOT NULL,
    aid      INTEGER NOT NULL REFERENCES ids (aid),
    day      TEXT NOT NULL,
    cited_by INTEGER,                          -- how many works cite it, as the source counts
    known    INTEGER NOT NULL,
    PRIMARY KEY (source, aid)
) WITHOUT ROWID;
CREATE INDEX asked_aid ON asked (aid);

-- Papers that somebody's notes speak of and that are not here yet: harvested next, with what was said of them.
CREATE TABLE wanted (
    alias   TEXT PRIMARY KEY,                  -- an id, or `title:` and the title where there is no id
    title   TEXT,
    source  TEXT NOT NULL,
    created TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE wanted_notes (
    alias  TEXT NOT NULL REFERENCES wanted (alias) ON DELETE CASCADE,
    text   TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (alias, source, text)
) WITHOUT ROWID;

-- The words of a paper's PDF, by `pid`.
CREATE VIRTUAL TABLE fulltexts USING fts5 (text, tokenize = 'porter unicode61');
