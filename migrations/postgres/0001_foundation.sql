-- The first schema. Reference data (organisations, catalogues, connection addresses, sign-in names) has no tenant;
-- every table of a buying organisation's data begins with its tenant, in each key and index (design, section 9).
-- Money is minor units, times are microseconds since 1970 (UTC), flags are 0 or 1, decimals are text.

CREATE TABLE organisation (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('buyer', 'supplier', 'operator')),
  name TEXT COLLATE "C" NOT NULL,
  language TEXT COLLATE "C" NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  settings TEXT COLLATE "C" NOT NULL
);

CREATE TABLE connection (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  catalogue TEXT COLLATE "C" NOT NULL,
  settings TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE sign_in (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  person TEXT COLLATE "C" NOT NULL
);

CREATE TABLE setting (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE signing_key (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  secret BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT
);

CREATE TABLE revoked_token (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL
);

CREATE TABLE catalogue (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  supplier TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  base TEXT COLLATE "C",
  name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE article (
  catalogue TEXT COLLATE "C" NOT NULL REFERENCES catalogue (id),
  number TEXT COLLATE "C" NOT NULL,
  unit TEXT COLLATE "C" NOT NULL,
  price TEXT COLLATE "C" NOT NULL,
  shop_price TEXT COLLATE "C",
  price_quantity BIGINT NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  details TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (catalogue, number)
);

CREATE TABLE price (
  catalogue TEXT COLLATE "C" NOT NULL REFERENCES catalogue (id),
  article TEXT COLLATE "C" NOT NULL,
  price TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (catalogue, article)
);

-- A run of the OCI 5.0 download: every page comes from what was copied here at the first one (R-49).
CREATE TABLE download (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  connection TEXT COLLATE "C" NOT NULL,
  run TEXT COLLATE "C" NOT NULL,
  started_at BIGINT NOT NULL,
  items BIGINT NOT NULL,
  PRIMARY KEY (tenant, connection, run)
);

CREATE TABLE download_item (
  tenant TEXT COLLATE "C" NOT NULL,
  connection TEXT COLLATE "C" NOT NULL,
  run TEXT COLLATE "C" NOT NULL,
  position BIGINT NOT NULL,
  item TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, connection, run, position),
  FOREIGN KEY (tenant, connection, run) REFERENCES download (tenant, connection, run) ON DELETE CASCADE
);

CREATE TABLE person (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  sign_in TEXT COLLATE "C" NOT NULL,
  password TEXT COLLATE "C",
  name TEXT COLLATE "C" NOT NULL,
  mail TEXT COLLATE "C" NOT NULL,
  language TEXT COLLATE "C" NOT NULL,
  roles TEXT COLLATE "C" NOT NULL,
  branch TEXT COLLATE "C",
  active BIGINT NOT NULL CHECK (active IN (0, 1)),
  PRIMARY KEY (tenant, id)
);

CREATE TABLE login (
  tenant TEXT COLLATE "C" NOT NULL,
  key_hash TEXT COLLATE "C" NOT NULL,
  person TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, key_hash),
  FOREIGN KEY (tenant, person) REFERENCES person (tenant, id) ON DELETE CASCADE
);

CREATE TABLE credential (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  connection TEXT COLLATE "C" NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  user_name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('password', 'token', 'secret')),
  hash TEXT COLLATE "C" NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX credential_of_connection ON credential (tenant, connection);

-- Lists the buyer keeps: cost centres, ledger accounts, NZI codes, projects, branches, purchase order codes.
CREATE TABLE code (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  kind TEXT COLLATE "C" NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  active BIGINT NOT NULL CHECK (active IN (0, 1)),
  PRIMARY KEY (tenant, kind, code)
);

CREATE TABLE session (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  number TEXT COLLATE "C" NOT NULL,
  connection TEXT COLLATE "C" NOT NULL,
  key_hash TEXT COLLATE "C" NOT NULL,
  user_name TEXT COLLATE "C" NOT NULL,
  language TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'returned', 'cancelled')),
  call_up TEXT COLLATE "C" NOT NULL,
  coding TEXT COLLATE "C" NOT NULL,
  opened_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  test BIGINT NOT NULL CHECK (test IN (0, 1)),
  version BIGINT NOT NULL,
  PRIMARY KEY (tenant, number)
);
CREATE UNIQUE INDEX session_key ON session (tenant, key_hash);
CREATE INDEX session_of_connection ON session (tenant, connection, opened_at);

CREATE TABLE basket_line (
  tenant TEXT COLLATE "C" NOT NULL,
  session TEXT COLLATE "C" NOT NULL,
  line BIGINT NOT NULL,
  article TEXT COLLATE "C" NOT NULL,
  quantity TEXT COLLATE "C" NOT NULL,
  coding TEXT COLLATE "C" NOT NULL,
  options TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, session, line),
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, number) ON DELETE CASCADE
);

-- A basket as it was handed back: frozen, repeatable (R-28), and what an order is matched with later (R-30).
CREATE TABLE transfer (
  tenant TEXT COLLATE "C" NOT NULL,
  session TEXT COLLATE "C" NOT NULL,
  quote TEXT COLLATE "C" NOT NULL,
  connection TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  form TEXT COLLATE "C" NOT NULL,
  lines TEXT COLLATE "C" NOT NULL,
  repeats BIGINT NOT NULL,
  test BIGINT NOT NULL CHECK (test IN (0, 1)),
  PRIMARY KEY (tenant, session),
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, number) ON DELETE CASCADE
);
CREATE UNIQUE INDEX transfer_quote ON transfer (tenant, quote);

CREATE TABLE counter (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  name TEXT COLLATE "C" NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (tenant, name)
);

CREATE TABLE evidence (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  connection TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C",
  user_name TEXT COLLATE "C" NOT NULL,
  session TEXT COLLATE "C",
  address TEXT COLLATE "C" NOT NULL,
  method TEXT COLLATE "C" NOT NULL,
  received TEXT COLLATE "C" NOT NULL,
  sent TEXT COLLATE "C" NOT NULL,
  notes TEXT COLLATE "C" NOT NULL,
  folded TEXT COLLATE "C" NOT NULL,
  test BIGINT NOT NULL CHECK (test IN (0, 1)),
  PRIMARY KEY (tenant, id)
);
CREATE INDEX evidence_of_connection ON evidence (tenant, connection, id);

-- The journal: what happened, in order, each entry chained to the one before by its hash. `posting` holds the facts and legs of the books.
CREATE TABLE ledger (
  tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES organisation (id),
  head BIGINT NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  settings TEXT COLLATE "C" NOT NULL
);

CREATE TABLE entry (
  tenant TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  cause TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  posting TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, sequence)
);
CREATE INDEX entry_of_subject ON entry (tenant, subject, sequence);

-- A command's answer, kept under the id its caller chose (idempotency).
CREATE TABLE command (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  fingerprint TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  status BIGINT NOT NULL,
  answer TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE TABLE purchase_order (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  connection TEXT COLLATE "C",
  supplier TEXT COLLATE "C" NOT NULL,
  quote TEXT COLLATE "C",
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('requested', 'rejected', 'expired', 'placed', 'confirmed', 'shipped', 'invoiced', 'cancelled')),
  currency TEXT COLLATE "C" NOT NULL,
  net BIGINT NOT NULL,
  ordered_by TEXT COLLATE "C" NOT NULL,
  placed_at BIGINT NOT NULL,
  lines TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX purchase_order_number ON purchase_order (tenant, number);

CREATE TABLE invoice (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  purchase_order TEXT COLLATE "C" NOT NULL,
  issued_on TEXT COLLATE "C" NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  net BIGINT NOT NULL,
  vat BIGINT NOT NULL,
  gross BIGINT NOT NULL,
  document TEXT COLLATE "C" NOT NULL,
  verdict TEXT COLLATE "C" NOT NULL,
  issued_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, purchase_order) REFERENCES purchase_order (tenant, id)
);
CREATE UNIQUE INDEX invoice_number ON invoice (tenant, number);

-- Documents received, as received, before anything looked at them.
CREATE TABLE inbox (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  channel TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  received_at BIGINT NOT NULL,
  media_type TEXT COLLATE "C" NOT NULL,
  document BYTEA NOT NULL,
  status BIGINT,
  answer TEXT COLLATE "C",
  PRIMARY KEY (tenant, id)
);
CREATE INDEX inbox_hash ON inbox (tenant, channel, hash);

-- Effects owed to the outside, written with what causes them.
CREATE TABLE outbox (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  lane TEXT COLLATE "C" NOT NULL,
  recipient TEXT COLLATE "C" NOT NULL,
  payload TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'done', 'parked')),
  due_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  leased_until BIGINT,
  fence BIGINT NOT NULL,
  last_answer TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX outbox_due ON outbox (tenant, state, due_at);
CREATE INDEX outbox_lane ON outbox (tenant, lane, id);
