-- An order as it went to its supplier: which way, and exactly what was sent (no secret stands in it).
CREATE TABLE order_delivery (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  order_id TEXT COLLATE "C" NOT NULL,
  supplier TEXT COLLATE "C" NOT NULL,
  form TEXT COLLATE "C" NOT NULL,
  recipient TEXT COLLATE "C" NOT NULL,
  media_type TEXT COLLATE "C" NOT NULL,
  document TEXT COLLATE "C" NOT NULL,
  answer TEXT COLLATE "C" NOT NULL,
  sent_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, order_id) REFERENCES purchase_order (tenant, id)
);

CREATE INDEX order_delivery_of_order ON order_delivery (tenant, order_id);
