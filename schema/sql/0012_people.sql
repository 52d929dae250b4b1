-- Room people/: who may do what at this node, what two people agreed to, and who did what. Never leaves the node.

CREATE TABLE user (
  subject TEXT PRIMARY KEY,       -- short name, the `sub` of tokens
  name TEXT NOT NULL,             -- as people read it
  roles TEXT NOT NULL,            -- JSON array of roles
  is_disabled INTEGER NOT NULL,   -- 1: none of this user's tokens counts
  created_at INTEGER NOT NULL     -- POSIX seconds
) STRICT, WITHOUT ROWID;

CREATE TABLE token (              -- what was issued; the token itself is nowhere
  jti TEXT PRIMARY KEY,
  subject TEXT NOT NULL REFERENCES user (subject),
  scopes TEXT NOT NULL,           -- JSON array of scopes
  note TEXT NOT NULL,             -- what it is for
  issued_at INTEGER NOT NULL,     -- POSIX seconds
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER              -- null: counts until it expires
) STRICT, WITHOUT ROWID;

CREATE INDEX token_subject ON token (subject, jti);

CREATE TABLE two_person (         -- one row for each confirmation; the key is the compare-and-swap
  purpose TEXT NOT NULL,
  target TEXT NOT NULL,
  seq INTEGER NOT NULL,
  subject TEXT NOT NULL,
  jti TEXT NOT NULL,
  at INTEGER NOT NULL,            -- POSIX seconds
  completes INTEGER NOT NULL,     -- 1: together with the row before, this was enough
  PRIMARY KEY (purpose, target, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,            -- POSIX seconds
  subject TEXT NOT NULL,          -- a user, or `local:<account>` for a command on this machine
  jti TEXT,                       -- the token used; null for a command
  action TEXT NOT NULL,
  target TEXT,                    -- what it was done to; never the words of a look-up
  outcome TEXT NOT NULL,          -- ok or an error code
  address TEXT NOT NULL           -- client address, or `cli`
) STRICT;

CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_is_fixed BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
