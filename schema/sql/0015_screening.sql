-- Room screening/: whole manifests, kept only here and only for a while. They name live shipments: no row of these leaves the node by itself.

CREATE TABLE screening (
  id TEXT PRIMARY KEY,            -- UUIDv7: its random bits make it hard to guess
  made_at INTEGER NOT NULL,       -- POSIX seconds
  made_by TEXT,                   -- whose it is, where people have accounts
  state TEXT NOT NULL,            -- uploading, mapping, queued, running, done, failed
  file TEXT NOT NULL,             -- JSON: name, format, encoding, header, SHA-256 and size of the file
  mapping TEXT NOT NULL,          -- JSON: for each column the question it feeds, or null
  receipts INTEGER NOT NULL,      -- 1: a signed receipt for each line
  pin TEXT,                       -- JSON: the moment, charter, matcher and positions that all its answers are given from
  base TEXT,                      -- JSON: the pin before, while lines are asked again
  progress TEXT NOT NULL,         -- JSON: the last line that is committed, bytes read, lines without a question
  ended_at INTEGER,               -- POSIX seconds
  code TEXT,                      -- why it failed
  detail TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX screening_state ON screening (state, id);
CREATE INDEX screening_made ON screening (made_at, id);

CREATE TABLE screening_chunk (    -- the file as it came; an XLSX sheet as one JSON array a line
  screening TEXT NOT NULL,
  seq INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (screening, seq)
) STRICT;

CREATE TABLE screening_line (     -- only lines with something to say; all others are what the pin says of nothing found
  screening TEXT NOT NULL,
  line INTEGER NOT NULL,          -- 1 is the first line below the header
  rank INTEGER NOT NULL,          -- 0 blocked, 1 exception, 2 possible, 3 found but not in force, 4 a note on how it was read
  verdict TEXT,                   -- null: nothing was found
  tier TEXT,
  score REAL,
  decision TEXT,
  why TEXT NOT NULL,
  effect TEXT,                    -- what is done here
  asked TEXT NOT NULL,            -- JSON: the questions of the line
  receipt TEXT,
  UNIQUE (screening, line)
) STRICT;
CREATE INDEX screening_line_rank ON screening_line (screening, rank, line);

CREATE TABLE screening_mapping (  -- how the columns under a header were read the last time
  fingerprint TEXT PRIMARY KEY,   -- SHA-256 of the header
  mapping TEXT NOT NULL,
  used_at INTEGER NOT NULL        -- POSIX seconds
) STRICT, WITHOUT ROWID;
