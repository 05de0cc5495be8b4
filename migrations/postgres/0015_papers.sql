-- The logo a supplier wants on its papers: copies of invoices and packing slips. One of its own pictures.
CREATE TABLE paper_logo (
  tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES organisation (id),
  hash TEXT COLLATE "C" NOT NULL
);

-- Files that a supplier puts to an order for its next invoice, which takes them along; their content stands among the attachments.
CREATE TABLE invoice_file (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  purchase_order TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  media_type TEXT COLLATE "C" NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,
  bytes BIGINT NOT NULL,
  added_by TEXT COLLATE "C" NOT NULL,
  added_at BIGINT NOT NULL,
  -- Number of the invoice that took it along; empty while it waits.
  invoice TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, purchase_order, name),
  FOREIGN KEY (tenant, purchase_order) REFERENCES purchase_order (tenant, id)
);
