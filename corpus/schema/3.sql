-- Version 3: searches that somebody keeps. `request` is a SearchRequest as JSON, `seen` a list of ids of the papers that its
-- runs have shown, `ran` when it last ran.

CREATE TABLE searches (
    name    TEXT PRIMARY KEY COLLATE NOCASE,
    request TEXT NOT NULL,
    created TEXT NOT NULL,
    ran     TEXT,
    seen    TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;
