-- Room witness/: proofs that a log signed two histories, kept for ever and given to everyone.

CREATE TABLE evidence (
  sha256 TEXT PRIMARY KEY,        -- lower-case hex of the body's bytes
  origin TEXT NOT NULL,
  body TEXT NOT NULL,             -- JSON: both signed heads and what proves that they cannot both be true
  found_at INTEGER NOT NULL,      -- POSIX seconds
  announced INTEGER NOT NULL      -- 1: the own log has the notice of it
) STRICT, WITHOUT ROWID;
