-- An order as it went to its supplier: which way, and exactly what was sent (no secret stands in it).
CREATE TABLE order_delivery (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  supplier TEXT NOT NULL,
  form TEXT NOT NULL,
  recipient TEXT NOT NULL,
  media_type TEXT NOT NULL,
  document TEXT NOT NULL,
  answer TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, order_id) REFERENCES purchase_order (tenant, id)
) STRICT;

CREATE INDEX order_delivery_of_order ON order_delivery (tenant, order_id);
