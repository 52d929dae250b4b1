-- Room pull/: what this node holds of every market's feed, its own included.

CREATE TABLE feed (
  origin TEXT PRIMARY KEY,
  market TEXT NOT NULL,
  seen_size INTEGER NOT NULL,     -- largest verified head
  seen_root BLOB NOT NULL,
  seen_note TEXT NOT NULL,        -- that head, as fetched
  seen_stamp INTEGER NOT NULL,    -- the origin's own stamp on it, POSIX seconds; 0: none
  seen_since INTEGER NOT NULL,    -- when a head larger than `merged` was first known; 0: none is
  merged INTEGER NOT NULL,        -- judged prefix
  frontier BLOB NOT NULL,         -- compact range of the merged prefix
  merged_root BLOB NOT NULL,
  merged_stamp INTEGER NOT NULL,  -- newest origin stamp on a head of size <= merged
  effective INTEGER NOT NULL,     -- prefix that answers use
  state TEXT NOT NULL,            -- open, waiting, stopped, frozen
  state_code TEXT                 -- why, when not open
) STRICT, WITHOUT ROWID;

CREATE TABLE feed_entry (         -- with a rowid: entries of a kilobyte would spill over in an index tree
  origin TEXT NOT NULL,
  idx INTEGER NOT NULL,
  leaf BLOB NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (origin, idx)
) STRICT;

CREATE TABLE feed_tile (
  origin TEXT NOT NULL,
  level INTEGER NOT NULL,         -- tile level, 1 and up
  idx INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (origin, level, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE position (           -- append-only journal: which prefixes answers used, since when
  at INTEGER NOT NULL,            -- POSIX milliseconds
  origin TEXT NOT NULL,
  effective INTEGER NOT NULL,
  merged INTEGER NOT NULL,
  PRIMARY KEY (origin, effective, merged, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE peer (
  market TEXT PRIMARY KEY,
  etag TEXT,
  attempted_at INTEGER NOT NULL,  -- POSIX seconds, 0: never
  succeeded_at INTEGER NOT NULL,
  failures INTEGER NOT NULL,      -- in a row
  next_at INTEGER NOT NULL,       -- not before, after failures
  code TEXT,                      -- of the last failure
  detail TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (              -- single flight of the sync job
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL          -- POSIX seconds
) STRICT, WITHOUT ROWID;
