-- Invoices that may not be booked yet, by the order they are for: why, since when, and by how much each ceiling is short (JSON). What was
-- delivered keeps its money meanwhile. The row goes when the invoice is booked.
CREATE TABLE held_invoice (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  purchase_order TEXT NOT NULL,
  code TEXT NOT NULL,
  what TEXT NOT NULL,
  short TEXT NOT NULL,
  gross INTEGER NOT NULL,
  held_at INTEGER NOT NULL,
  tried_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, purchase_order),
  FOREIGN KEY (tenant, purchase_order) REFERENCES purchase_order (tenant, id)
) STRICT;
