-- Room catalog/: every word and bigram of the products' full-text rows, with no row of its own: it reads product_text.

CREATE VIRTUAL TABLE product_vocabulary USING fts5vocab(product_text, 'row');
