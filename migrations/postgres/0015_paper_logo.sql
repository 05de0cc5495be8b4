-- The logo a supplier wants on its papers: copies of invoices and packing slips. One of its own pictures.
CREATE TABLE paper_logo (
  tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES organisation (id),
  hash TEXT COLLATE "C" NOT NULL
);
