-- Room catalog/: the merged view, findable. Every row says for which log positions it holds: it counts when
-- valid_from < position and (valid_to IS NULL OR valid_to >= position), position = number of entries of the market in effect.

CREATE TABLE terms (              -- a decision's header, one row per version
  decision TEXT NOT NULL,
  valid_from INTEGER NOT NULL,    -- pos of the act that set it
  valid_to INTEGER,               -- pos of the act that ended it
  market TEXT NOT NULL,
  leaf BLOB NOT NULL,
  body TEXT NOT NULL,             -- JSON of the header
  UNIQUE (decision, valid_from)
) STRICT;
CREATE INDEX terms_market ON terms (market, decision);

CREATE TABLE product (
  id INTEGER PRIMARY KEY,         -- (market number * 2^32 + pos) * 2^11 + place in the act: the same at every node
  market TEXT NOT NULL,
  decision TEXT NOT NULL,
  pid TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_to INTEGER,
  leaf BLOB NOT NULL,
  body TEXT NOT NULL              -- JSON of the product
) STRICT;
CREATE INDEX product_decision ON product (decision, pid, valid_from);

CREATE TABLE identifier (         -- what a product can be found by
  kind TEXT NOT NULL,             -- gtin, model, mpn, asin, tac, fcc, hs, pattern
  value TEXT NOT NULL,            -- normalised key
  product INTEGER NOT NULL,
  PRIMARY KEY (kind, value, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE term_key (           -- what an order can be found by
  kind TEXT NOT NULL,             -- case, right, party, party_id
  value TEXT NOT NULL,            -- normalised key
  decision TEXT NOT NULL,
  valid_from INTEGER NOT NULL,    -- of the terms row
  PRIMARY KEY (kind, value, decision, valid_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (              -- accepted rule, suspend, resume, rescind, annul
  market TEXT NOT NULL,
  decision TEXT NOT NULL,
  pos INTEGER NOT NULL,
  kind TEXT NOT NULL,
  leaf BLOB NOT NULL,
  body TEXT NOT NULL,             -- JSON: from, reason, citation, or the ruling
  PRIMARY KEY (decision, pos)
) STRICT, WITHOUT ROWID;

CREATE TABLE response (           -- a market's statements about foreign decisions
  market TEXT NOT NULL,
  decision TEXT NOT NULL,
  pos INTEGER NOT NULL,
  leaf BLOB NOT NULL,
  body TEXT NOT NULL,             -- JSON: effect, from, until, reason, citation
  PRIMARY KEY (decision, market, pos)
) STRICT, WITHOUT ROWID;

CREATE TABLE effect_rules (
  market TEXT NOT NULL,
  pos INTEGER NOT NULL,
  leaf BLOB NOT NULL,
  body TEXT NOT NULL,             -- JSON array of rules
  PRIMARY KEY (market, pos)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE product_text USING fts5(   -- rowid = product.id
  words,                          -- folded words of brand, model, description, kind of goods
  grams,                          -- overlapping bigrams of CJK and Hangul runs
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE VIRTUAL TABLE terms_text USING fts5(     -- rowid = (market number * 2^32 + valid_from) * 2^11
  words, grams,
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
