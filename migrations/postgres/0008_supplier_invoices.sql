-- Invoices that suppliers sent: what was read of each, what it was matched with, and what became of it. The document itself is in the inbox,
-- as it came. `identity` is seller, number, year and type: the same document is here once; one that could not be read has its own.
CREATE TABLE supplier_invoice (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  inbox TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  identity TEXT COLLATE "C" NOT NULL,
  channel TEXT COLLATE "C" NOT NULL,
  received_at BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('unreadable', 'invalid', 'duplicate', 'waiting', 'held', 'posted', 'disputed', 'queried', 'cancelled')),
  supplier TEXT COLLATE "C",
  seller TEXT COLLATE "C" NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  issued_on TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  net BIGINT NOT NULL,
  gross BIGINT NOT NULL,
  purchase_order TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  booked TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX supplier_invoice_hash ON supplier_invoice (tenant, hash);
CREATE UNIQUE INDEX supplier_invoice_identity ON supplier_invoice (tenant, identity);
CREATE INDEX supplier_invoice_state ON supplier_invoice (tenant, state, id);
CREATE INDEX supplier_invoice_number ON supplier_invoice (tenant, supplier, number);

-- Bank accounts on which a person confirmed that a supplier may be paid.
CREATE TABLE supplier_account (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  supplier TEXT COLLATE "C" NOT NULL,
  account TEXT COLLATE "C" NOT NULL,
  confirmed_by TEXT COLLATE "C" NOT NULL,
  confirmed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, supplier, account)
);

CREATE INDEX purchase_order_supplier ON purchase_order (tenant, supplier, id);
