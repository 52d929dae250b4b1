-- Room charter/: every adopted version, each with a set of signatures that reached the threshold.

CREATE TABLE charter (
  n INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,             -- SHA-256 of the payload bytes, base64url
  file TEXT NOT NULL,             -- JWS in JSON General Serialization
  adopted_at INTEGER NOT NULL     -- POSIX seconds
) STRICT;
