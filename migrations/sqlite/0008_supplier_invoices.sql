-- Invoices that suppliers sent: what was read of each, what it was matched with, and what became of it. The document itself is in the inbox,
-- as it came. `identity` is seller, number, year and type: the same document is here once; one that could not be read has its own.
CREATE TABLE supplier_invoice (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  inbox TEXT NOT NULL,
  hash TEXT NOT NULL,
  identity TEXT NOT NULL,
  channel TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('unreadable', 'invalid', 'duplicate', 'waiting', 'held', 'posted', 'disputed', 'queried', 'cancelled')),
  supplier TEXT,
  seller TEXT NOT NULL,
  number TEXT NOT NULL,
  issued_on TEXT NOT NULL,
  kind TEXT NOT NULL,
  currency TEXT NOT NULL,
  net INTEGER NOT NULL,
  gross INTEGER NOT NULL,
  purchase_order TEXT NOT NULL,
  outcome TEXT NOT NULL,
  booked TEXT NOT NULL,
  body TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX supplier_invoice_hash ON supplier_invoice (tenant, hash);
CREATE UNIQUE INDEX supplier_invoice_identity ON supplier_invoice (tenant, identity);
CREATE INDEX supplier_invoice_state ON supplier_invoice (tenant, state, id);
CREATE INDEX supplier_invoice_number ON supplier_invoice (tenant, supplier, number);

-- Bank accounts on which a person confirmed that a supplier may be paid.
CREATE TABLE supplier_account (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  supplier TEXT NOT NULL,
  account TEXT NOT NULL,
  confirmed_by TEXT NOT NULL,
  confirmed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, supplier, account)
) STRICT;

CREATE INDEX purchase_order_supplier ON purchase_order (tenant, supplier, id);
