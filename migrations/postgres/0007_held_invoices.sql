-- Invoices that may not be booked yet, by the order they are for: why, since when, and by how much each ceiling is short (JSON). What was
-- delivered keeps its money meanwhile. The row goes when the invoice is booked.
CREATE TABLE held_invoice (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  purchase_order TEXT COLLATE "C" NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  what TEXT COLLATE "C" NOT NULL,
  short TEXT COLLATE "C" NOT NULL,
  gross BIGINT NOT NULL,
  held_at BIGINT NOT NULL,
  tried_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, purchase_order),
  FOREIGN KEY (tenant, purchase_order) REFERENCES purchase_order (tenant, id)
);
