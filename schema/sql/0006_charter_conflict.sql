-- Room charter/: second valid payloads for a number that is adopted already. Once there is one, nothing further is adopted.

CREATE TABLE charter_conflict (
  n INTEGER NOT NULL,
  hash TEXT NOT NULL,             -- SHA-256 of the payload bytes, base64url
  file TEXT NOT NULL,             -- JWS in JSON General Serialization, with the signatures that make it valid
  PRIMARY KEY (n, hash)
) STRICT, WITHOUT ROWID;
