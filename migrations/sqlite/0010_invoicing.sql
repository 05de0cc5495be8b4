-- Invoices and credit notes of runs and of several orders. `purchase_order` of an invoice stays the first of its orders; all of them are in
-- `invoice_order`. `preceding` is the number of the invoice that a credit note corrects.
ALTER TABLE invoice ADD COLUMN kind TEXT NOT NULL DEFAULT 'invoice' CHECK (kind IN ('invoice', 'credit-note'));
ALTER TABLE invoice ADD COLUMN supplier TEXT NOT NULL DEFAULT '';
ALTER TABLE invoice ADD COLUMN preceding TEXT NOT NULL DEFAULT '';
ALTER TABLE invoice ADD COLUMN run TEXT NOT NULL DEFAULT '';
UPDATE invoice SET supplier = (SELECT o.supplier FROM purchase_order o WHERE o.tenant = invoice.tenant AND o.id = invoice.purchase_order);

CREATE TABLE invoice_order (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  purchase_order TEXT NOT NULL,
  invoice TEXT NOT NULL,
  PRIMARY KEY (tenant, purchase_order, invoice),
  FOREIGN KEY (tenant, purchase_order) REFERENCES purchase_order (tenant, id),
  FOREIGN KEY (tenant, invoice) REFERENCES invoice (tenant, id)
) STRICT;
INSERT INTO invoice_order (tenant, purchase_order, invoice) SELECT tenant, purchase_order, id FROM invoice;

-- A supplier's runs: for which day, how far they are, and who works on one now. The supplier's own, so without a tenant.
CREATE TABLE invoice_run (
  supplier TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  reference_date TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  scope TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done')),
  lease_until INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  done_at INTEGER,
  PRIMARY KEY (supplier, id)
) STRICT;

-- What a run came to for each customer: invoices made, and what was kept back with the reason (JSON).
CREATE TABLE invoice_run_part (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  supplier TEXT NOT NULL,
  run TEXT NOT NULL,
  invoices INTEGER NOT NULL,
  net INTEGER NOT NULL,
  currency TEXT NOT NULL,
  kept_back TEXT NOT NULL,
  done_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, supplier, run)
) STRICT;

-- How an issued document went to its customer: one row for each channel, followed to the end.
CREATE TABLE invoice_sending (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  invoice TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'delivered', 'failed', 'rejected', 'accepted', 'paid')),
  handle TEXT NOT NULL,
  said TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, invoice, channel),
  FOREIGN KEY (tenant, invoice) REFERENCES invoice (tenant, id)
) STRICT;

-- What was shipped and is not invoiced yet, by buyer.
CREATE INDEX purchase_order_shipped ON purchase_order (tenant, supplier) WHERE state = 'shipped';
CREATE INDEX invoice_preceding ON invoice (tenant, preceding) WHERE preceding <> '';
