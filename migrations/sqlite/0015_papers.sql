-- The logo a supplier wants on its papers: copies of invoices and packing slips. One of its own pictures.
CREATE TABLE paper_logo (
  tenant TEXT NOT NULL PRIMARY KEY REFERENCES organisation (id),
  hash TEXT NOT NULL
) STRICT;

-- Files that a supplier puts to an order for its next invoice, which takes them along; their content stands among the attachments.
CREATE TABLE invoice_file (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  purchase_order TEXT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  added_by TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  -- Number of the invoice that took it along; empty while it waits.
  invoice TEXT NOT NULL,
  PRIMARY KEY (tenant, purchase_order, name),
  FOREIGN KEY (tenant, purchase_order) REFERENCES purchase_order (tenant, id)
) STRICT;
