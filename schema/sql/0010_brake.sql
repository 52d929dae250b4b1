-- Room brake/: mass changes that are held back, and the prefixes that may count although they changed much.

CREATE TABLE brake_hold (           -- what is held back now; one row as long as it is
  market TEXT PRIMARY KEY,
  since INTEGER NOT NULL,           -- POSIX seconds
  base INTEGER NOT NULL,            -- position compared with, over the market's logs in order
  merged INTEGER NOT NULL,          -- position counted
  decisions_added INTEGER NOT NULL,
  decisions_lifted INTEGER NOT NULL,
  products_added INTEGER NOT NULL,  -- listed products
  products_lifted INTEGER NOT NULL,
  products_changed INTEGER NOT NULL, -- listed before and after, found by other keys
  asked INTEGER                     -- position that a first person has released; null: nobody has
) STRICT, WITHOUT ROWID;

CREATE TABLE brake_clear (          -- append-only: prefixes of a log that were cleared, and by what
  origin TEXT NOT NULL,
  size INTEGER NOT NULL,
  at INTEGER NOT NULL,              -- POSIX seconds
  cause TEXT NOT NULL,              -- announced, applied, released
  detail TEXT NOT NULL,             -- the notice's leaf hash, the members, the two people
  PRIMARY KEY (origin, size, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX act_bulk ON act (market, pos) WHERE kind = 'notice/bulk' AND code IS NULL;
CREATE INDEX act_endorse ON act (market, pos) WHERE kind = 'endorse' AND code IS NULL;
