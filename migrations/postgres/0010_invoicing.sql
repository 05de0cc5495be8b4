-- Invoices and credit notes of runs and of several orders. `purchase_order` of an invoice stays the first of its orders; all of them are in
-- `invoice_order`. `preceding` is the number of the invoice that a credit note corrects.
ALTER TABLE invoice ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'invoice' CHECK (kind IN ('invoice', 'credit-note'));
ALTER TABLE invoice ADD COLUMN supplier TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE invoice ADD COLUMN preceding TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE invoice ADD COLUMN run TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE invoice SET supplier = (SELECT o.supplier FROM purchase_order o WHERE o.tenant = invoice.tenant AND o.id = invoice.purchase_order);

CREATE TABLE invoice_order (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  purchase_order TEXT COLLATE "C" NOT NULL,
  invoice TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, purchase_order, invoice),
  FOREIGN KEY (tenant, purchase_order) REFERENCES purchase_order (tenant, id),
  FOREIGN KEY (tenant, invoice) REFERENCES invoice (tenant, id)
);
INSERT INTO invoice_order (tenant, purchase_order, invoice) SELECT tenant, purchase_order, id FROM invoice;

-- A supplier's runs: for which day, how far they are, and who works on one now. The supplier's own, so without a tenant.
CREATE TABLE invoice_run (
  supplier TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  reference_date TEXT COLLATE "C" NOT NULL,
  asked_by TEXT COLLATE "C" NOT NULL,
  scope TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'running', 'done')),
  lease_until BIGINT NOT NULL,
  fence BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  done_at BIGINT,
  PRIMARY KEY (supplier, id)
);

-- What a run came to for each customer: invoices made, and what was kept back with the reason (JSON).
CREATE TABLE invoice_run_part (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  supplier TEXT COLLATE "C" NOT NULL,
  run TEXT COLLATE "C" NOT NULL,
  invoices BIGINT NOT NULL,
  net BIGINT NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  kept_back TEXT COLLATE "C" NOT NULL,
  done_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, supplier, run)
);

-- How an issued document went to its customer: one row for each channel, followed to the end.
CREATE TABLE invoice_sending (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  invoice TEXT COLLATE "C" NOT NULL,
  channel TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'sent', 'delivered', 'failed', 'rejected', 'accepted', 'paid')),
  handle TEXT COLLATE "C" NOT NULL,
  said TEXT COLLATE "C" NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, invoice, channel),
  FOREIGN KEY (tenant, invoice) REFERENCES invoice (tenant, id)
);

-- What was shipped and is not invoiced yet, by buyer.
CREATE INDEX purchase_order_shipped ON purchase_order (tenant, supplier) WHERE state = 'shipped';
CREATE INDEX invoice_preceding ON invoice (tenant, preceding) WHERE preceding <> '';
