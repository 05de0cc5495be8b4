-- The quote that the first of a chain of edited baskets was handed back under; empty where none was edited.
ALTER TABLE transfer ADD COLUMN edits TEXT COLLATE "C" NOT NULL DEFAULT '';

CREATE INDEX transfer_edits ON transfer (tenant, edits) WHERE edits <> '';
