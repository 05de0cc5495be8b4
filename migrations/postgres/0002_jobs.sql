-- Work that is due at a time: made under an id its maker chose, so that making it twice makes it once, and done once whoever does it.
-- An empty tenant is the installation itself. What is due is looked for among what waits only; what is done is kept a while.

CREATE TABLE job (
  tenant TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  payload TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'done', 'parked')),
  due_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  leased_until BIGINT,
  leased_by TEXT COLLATE "C" NOT NULL,
  last_error TEXT COLLATE "C" NOT NULL,
  made_at BIGINT NOT NULL,
  done_at BIGINT,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX job_unfinished ON job (tenant, kind, due_at) WHERE state <> 'done';

-- The loop over the outbox looks every second: it must not read what was done long ago.
CREATE INDEX outbox_unfinished ON outbox (tenant, due_at) WHERE state <> 'done';
