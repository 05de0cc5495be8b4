-- The logo a supplier wants on its papers: copies of invoices and packing slips. One of its own pictures.
CREATE TABLE paper_logo (
  tenant TEXT NOT NULL PRIMARY KEY REFERENCES organisation (id),
  hash TEXT NOT NULL
) STRICT;
