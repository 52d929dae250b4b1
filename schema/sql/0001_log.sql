-- Room log/: this market's own Merkle log. The primary keys are the compare-and-swap: of two writers one is rolled back.

CREATE TABLE entry (
  idx INTEGER PRIMARY KEY,      -- leaf index, from 0
  leaf BLOB NOT NULL,           -- RFC 6962 leaf hash, 32 bytes
  bytes BLOB NOT NULL           -- compact JWS in ASCII
) STRICT;

CREATE TABLE log_tile (
  level INTEGER NOT NULL,       -- tile level, 1 and up
  idx INTEGER NOT NULL,         -- hash i of that level: the root of entries [i*256^level, (i+1)*256^level)
  hash BLOB NOT NULL,           -- 32 bytes
  PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY,     -- tree size
  root BLOB NOT NULL,           -- 32 bytes
  frontier BLOB NOT NULL,       -- compact range, largest subtree first, 32 bytes each
  note TEXT NOT NULL,           -- signed note: log signature and own stamp
  stamped_at INTEGER NOT NULL   -- POSIX seconds of the stamp
) STRICT;
