-- A shipment can be withdrawn, or replaced by another. `notice` is the number under which the buyer's system was told of it, empty where it was not.
ALTER TABLE shipment ADD COLUMN notice TEXT NOT NULL DEFAULT '';
ALTER TABLE shipment ADD COLUMN withdrawn_at BIGINT;
CREATE INDEX shipment_by_reference ON shipment (tenant, reference) WHERE reference <> '';
