-- Room merge/: what each entry did. `pos` counts a market's entries over its logs in order (lineage).

CREATE TABLE act (
  market TEXT NOT NULL,
  pos INTEGER NOT NULL,
  origin TEXT NOT NULL,
  idx INTEGER NOT NULL,
  leaf BLOB NOT NULL,
  id TEXT,                      -- UUIDv7, null when unreadable
  kind TEXT,                    -- issue, amend, ..., notice/charter, info/...
  decision TEXT,
  iat INTEGER,                  -- signing time as claimed, for display
  kid TEXT,
  code TEXT,                    -- null: accepted; else why refused
  PRIMARY KEY (market, pos)
) STRICT, WITHOUT ROWID;
CREATE INDEX act_decision ON act (decision, market, pos) WHERE decision IS NOT NULL;
CREATE UNIQUE INDEX act_id ON act (market, id) WHERE code IS NULL;
CREATE INDEX act_refused ON act (market, pos) WHERE code IS NOT NULL;

CREATE TABLE chain (
  market TEXT NOT NULL,         -- whose log
  decision TEXT NOT NULL,       -- own decision, or the foreign one a respond is about
  tip TEXT NOT NULL,            -- leaf hash of the last accepted act, base64url
  body TEXT NOT NULL,           -- JSON: what the sequence rules need
  PRIMARY KEY (market, decision)
) STRICT, WITHOUT ROWID;
