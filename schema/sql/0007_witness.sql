-- Room witness/: what this node has cosigned, and what others have cosigned.

CREATE TABLE witness_step (       -- a step of this witness from one size of an origin to a larger one; the key is the compare-and-swap
  origin TEXT NOT NULL,
  old INTEGER NOT NULL,           -- size before: two steps from one size would cosign two histories
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  text TEXT NOT NULL,             -- checkpoint, as re-encoded from what was parsed
  log_line TEXT NOT NULL,         -- the log's verified signature line
  line TEXT NOT NULL,             -- this node's newest cosignature line
  time_s INTEGER NOT NULL,        -- its time, POSIX seconds
  PRIMARY KEY (origin, old)
) STRICT, WITHOUT ROWID;

CREATE TABLE cosignature (        -- verified lines of witness and applied keys, this node's own applied lines included
  origin TEXT NOT NULL,
  name TEXT NOT NULL,             -- key name: <origin of the member>/witness or …/applied
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  line TEXT NOT NULL,
  time_s INTEGER NOT NULL,
  PRIMARY KEY (origin, name, size)
) STRICT, WITHOUT ROWID;
