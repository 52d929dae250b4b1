-- Room pull/: what this node had heard of each feed, and since when; with `position` it answers "what was known then".

CREATE TABLE heard (              -- append-only; a row holds until the next of its origin
  id INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,
  at INTEGER NOT NULL,            -- POSIX milliseconds
  stamp INTEGER NOT NULL,         -- as merged_stamp, seen_since, state and state_code of feed
  seen_since INTEGER NOT NULL,
  state TEXT NOT NULL,
  state_code TEXT
) STRICT;
CREATE INDEX heard_at ON heard (origin, at);

CREATE TABLE dropped (            -- bytes of another history, let go because a charter froze this log otherwise
  origin TEXT NOT NULL,
  at INTEGER NOT NULL,            -- POSIX milliseconds
  PRIMARY KEY (origin, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX position_at ON position (origin, at);
