-- Room catalog/: every word and bigram of the products' full-text rows, with no row of its own: it reads product_text.

CREATE VIRTUAL TABLE product_vocabulary USING fts5vocab(product_text, 'row');

-- The index rows of another version of the keys are built beside those in use, and take their place in one commit (src/reindexing.ts).

CREATE TABLE identifier_next (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  product INTEGER NOT NULL,
  PRIMARY KEY (kind, value, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE term_key_next (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  decision TEXT NOT NULL,
  pos INTEGER NOT NULL,
  PRIMARY KEY (kind, value, decision, pos)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE product_text_next USING fts5(
  words, grams,
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE VIRTUAL TABLE terms_text_next USING fts5(
  words, grams,
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE catalog_index (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version TEXT NOT NULL,          -- of the rows in use; empty: nobody has said
  next TEXT,                      -- the version that is being built; NULL: none
  cursor TEXT NOT NULL            -- JSON: market → [row id of the last product built, position of the last terms]
) STRICT;
INSERT INTO catalog_index (id, version, next, cursor) VALUES (1, '', NULL, '{}');
