-- What a buyer's own document says of an order, beside what the books know of it: addresses, accounting, dates, versions, and what the supplier
-- said of its lines (JSON written by wire/cxml). Empty for orders that came without one.
ALTER TABLE purchase_order ADD COLUMN document TEXT NOT NULL DEFAULT '';

-- Files that came with an order.
CREATE TABLE attachment (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  sha256 TEXT NOT NULL,
  media_type TEXT NOT NULL,
  content BYTEA NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, sha256)
);
