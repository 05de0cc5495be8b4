-- Work that is due at a time: made under an id its maker chose, so that making it twice makes it once, and done once whoever does it.
-- An empty tenant is the installation itself. What is due is looked for among what waits only; what is done is kept a while.

CREATE TABLE job (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'parked')),
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  leased_until INTEGER,
  leased_by TEXT NOT NULL,
  last_error TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  done_at INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX job_unfinished ON job (tenant, kind, due_at) WHERE state <> 'done';

-- The loop over the outbox looks every second: it must not read what was done long ago.
CREATE INDEX outbox_unfinished ON outbox (tenant, due_at) WHERE state <> 'done';
