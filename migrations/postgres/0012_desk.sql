-- What the supplier's desk works with: days and words by which orders are found, shipments, and questions between buyer and supplier.
ALTER TABLE purchase_order ADD COLUMN shipments BIGINT NOT NULL DEFAULT 0;
-- The first day on which open pieces are to leave, promised or wished; empty without one.
ALTER TABLE purchase_order ADD COLUMN promised_on TEXT NOT NULL DEFAULT '';
-- The first day on which back-ordered pieces are expected; '-' when nobody named one, empty when nothing is back-ordered.
ALTER TABLE purchase_order ADD COLUMN expected_on TEXT NOT NULL DEFAULT '';
-- Whether something was shipped that is on no invoice.
ALTER TABLE purchase_order ADD COLUMN to_invoice BIGINT NOT NULL DEFAULT 0 CHECK (to_invoice IN (0, 1));
-- Number, people and articles in small letters.
ALTER TABLE purchase_order ADD COLUMN sought TEXT NOT NULL DEFAULT '';
UPDATE purchase_order SET to_invoice = 1 WHERE state = 'shipped';
UPDATE purchase_order SET sought = lower(number || ' ' || ordered_by || ' ' || tenant);
DROP INDEX purchase_order_shipped;
CREATE INDEX purchase_order_to_invoice ON purchase_order (tenant, supplier) WHERE to_invoice = 1;
CREATE INDEX purchase_order_at_work ON purchase_order (tenant, supplier, id) WHERE state IN ('placed', 'confirmed');

-- What left the house for an order at one time. `lines` is JSON: line and quantity.
CREATE TABLE shipment (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  purchase_order TEXT NOT NULL,
  number BIGINT NOT NULL,
  shipped_at BIGINT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('page', 'api', 'cxml', 'peppol', 'mail')),
  reference TEXT NOT NULL,
  carrier TEXT NOT NULL,
  tracking TEXT NOT NULL,
  lines TEXT NOT NULL,
  PRIMARY KEY (tenant, purchase_order, number),
  FOREIGN KEY (tenant, purchase_order) REFERENCES purchase_order (tenant, id)
);

-- What buyer and supplier ask each other about an order.
CREATE TABLE order_question (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  purchase_order TEXT NOT NULL,
  id TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('buyer', 'supplier')),
  author TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  words TEXT NOT NULL,
  PRIMARY KEY (tenant, purchase_order, id),
  FOREIGN KEY (tenant, purchase_order) REFERENCES purchase_order (tenant, id)
);
