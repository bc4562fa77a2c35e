-- Version 3: searches that are kept, and a count of changes.

-- How many transactions have changed the library: what is derived from it compares this.
CREATE TABLE revision (number INTEGER NOT NULL);
INSERT INTO revision VALUES (0);

-- A search that somebody keeps. `request` is a SearchRequest as JSON, `seen` a list of ids of the papers that its
-- runs have shown, `ran` when it last ran.

CREATE TABLE searches (
    name    TEXT PRIMARY KEY COLLATE NOCASE,
    request TEXT NOT NULL,
    created TEXT NOT NULL,
    ran     TEXT,
    seen    TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;
