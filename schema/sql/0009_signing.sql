-- Room log/: why this database may sign. The stamp stands outside of the database too: where they differ, it was put back.

CREATE TABLE signing_pass (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  stamp TEXT NOT NULL,            -- random, renewed every minute
  before TEXT NOT NULL,           -- the stamp before it, good until the new one stands outside
  state TEXT NOT NULL,            -- signing, without_peers
  reason TEXT,                    -- why without peers
  since INTEGER NOT NULL,         -- POSIX seconds
  renewed INTEGER NOT NULL        -- POSIX seconds
) STRICT;

-- Room witness/: the log's own line beside each cosignature, so that a cosigner who lost its database gets the whole note back.

ALTER TABLE cosignature ADD COLUMN log_line TEXT NOT NULL DEFAULT '';
