-- The first schema. Reference data (organisations, catalogues, connection addresses, sign-in names) has no tenant;
-- every table of a buying organisation's data begins with its tenant, in each key and index (design, section 9).
-- Money is minor units, times are microseconds since 1970 (UTC), flags are 0 or 1, decimals are text.

CREATE TABLE organisation (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('buyer', 'supplier', 'operator')),
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  currency TEXT NOT NULL,
  settings TEXT NOT NULL
) STRICT;

CREATE TABLE connection (
  name TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES organisation (id),
  catalogue TEXT NOT NULL,
  settings TEXT NOT NULL,
  version INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sign_in (
  name TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES organisation (id),
  person TEXT NOT NULL
) STRICT;

CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE signing_key (
  id TEXT NOT NULL PRIMARY KEY,
  secret BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  retired_at INTEGER
) STRICT;

CREATE TABLE revoked_token (
  id TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE catalogue (
  id TEXT NOT NULL PRIMARY KEY,
  supplier TEXT NOT NULL REFERENCES organisation (id),
  base TEXT,
  name TEXT NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE TABLE article (
  catalogue TEXT NOT NULL REFERENCES catalogue (id),
  number TEXT NOT NULL,
  unit TEXT NOT NULL,
  price TEXT NOT NULL,
  shop_price TEXT,
  price_quantity INTEGER NOT NULL,
  currency TEXT NOT NULL,
  details TEXT NOT NULL,
  PRIMARY KEY (catalogue, number)
) STRICT;

CREATE TABLE price (
  catalogue TEXT NOT NULL REFERENCES catalogue (id),
  article TEXT NOT NULL,
  price TEXT NOT NULL,
  PRIMARY KEY (catalogue, article)
) STRICT;

-- A run of the OCI 5.0 download: every page comes from what was copied here at the first one (R-49).
CREATE TABLE download (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  connection TEXT NOT NULL,
  run TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  items INTEGER NOT NULL,
  PRIMARY KEY (tenant, connection, run)
) STRICT;

CREATE TABLE download_item (
  tenant TEXT NOT NULL,
  connection TEXT NOT NULL,
  run TEXT NOT NULL,
  position INTEGER NOT NULL,
  item TEXT NOT NULL,
  PRIMARY KEY (tenant, connection, run, position),
  FOREIGN KEY (tenant, connection, run) REFERENCES download (tenant, connection, run) ON DELETE CASCADE
) STRICT;

CREATE TABLE person (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  sign_in TEXT NOT NULL,
  password TEXT,
  name TEXT NOT NULL,
  mail TEXT NOT NULL,
  language TEXT NOT NULL,
  roles TEXT NOT NULL,
  branch TEXT,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE login (
  tenant TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  person TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, key_hash),
  FOREIGN KEY (tenant, person) REFERENCES person (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE credential (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  connection TEXT NOT NULL,
  organisation TEXT NOT NULL,
  user_name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('password', 'token', 'secret')),
  hash TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX credential_of_connection ON credential (tenant, connection);

-- Lists the buyer keeps: cost centres, ledger accounts, NZI codes, projects, branches, purchase order codes.
CREATE TABLE code (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  PRIMARY KEY (tenant, kind, code)
) STRICT;

CREATE TABLE session (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  number TEXT NOT NULL,
  connection TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  user_name TEXT NOT NULL,
  language TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'returned', 'cancelled')),
  call_up TEXT NOT NULL,
  coding TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  test INTEGER NOT NULL CHECK (test IN (0, 1)),
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant, number)
) STRICT;
CREATE UNIQUE INDEX session_key ON session (tenant, key_hash);
CREATE INDEX session_of_connection ON session (tenant, connection, opened_at);

CREATE TABLE basket_line (
  tenant TEXT NOT NULL,
  session TEXT NOT NULL,
  line INTEGER NOT NULL,
  article TEXT NOT NULL,
  quantity TEXT NOT NULL,
  coding TEXT NOT NULL,
  options TEXT NOT NULL,
  PRIMARY KEY (tenant, session, line),
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, number) ON DELETE CASCADE
) STRICT;

-- A basket as it was handed back: frozen, repeatable (R-28), and what an order is matched with later (R-30).
CREATE TABLE transfer (
  tenant TEXT NOT NULL,
  session TEXT NOT NULL,
  quote TEXT NOT NULL,
  connection TEXT NOT NULL,
  at INTEGER NOT NULL,
  form TEXT NOT NULL,
  lines TEXT NOT NULL,
  repeats INTEGER NOT NULL,
  test INTEGER NOT NULL CHECK (test IN (0, 1)),
  PRIMARY KEY (tenant, session),
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, number) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX transfer_quote ON transfer (tenant, quote);

CREATE TABLE counter (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  name TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT;

CREATE TABLE evidence (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  connection TEXT NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT,
  user_name TEXT NOT NULL,
  session TEXT,
  address TEXT NOT NULL,
  method TEXT NOT NULL,
  received TEXT NOT NULL,
  sent TEXT NOT NULL,
  notes TEXT NOT NULL,
  folded TEXT NOT NULL,
  test INTEGER NOT NULL CHECK (test IN (0, 1)),
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX evidence_of_connection ON evidence (tenant, connection, id);

-- The journal: what happened, in order, each entry chained to the one before by its hash. `posting` holds the facts and legs of the books.
CREATE TABLE ledger (
  tenant TEXT NOT NULL PRIMARY KEY REFERENCES organisation (id),
  head INTEGER NOT NULL,
  hash TEXT NOT NULL,
  settings TEXT NOT NULL
) STRICT;

CREATE TABLE entry (
  tenant TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  cause TEXT NOT NULL,
  body TEXT NOT NULL,
  posting TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (tenant, sequence)
) STRICT;
CREATE INDEX entry_of_subject ON entry (tenant, subject, sequence);

-- A command's answer, kept under the id its caller chose (idempotency).
CREATE TABLE command (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE purchase_order (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  number TEXT NOT NULL,
  connection TEXT,
  supplier TEXT NOT NULL,
  quote TEXT,
  state TEXT NOT NULL CHECK (state IN ('requested', 'rejected', 'expired', 'placed', 'confirmed', 'shipped', 'invoiced', 'cancelled')),
  currency TEXT NOT NULL,
  net INTEGER NOT NULL,
  ordered_by TEXT NOT NULL,
  placed_at INTEGER NOT NULL,
  lines TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX purchase_order_number ON purchase_order (tenant, number);

CREATE TABLE invoice (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  number TEXT NOT NULL,
  purchase_order TEXT NOT NULL,
  issued_on TEXT NOT NULL,
  currency TEXT NOT NULL,
  net INTEGER NOT NULL,
  vat INTEGER NOT NULL,
  gross INTEGER NOT NULL,
  document TEXT NOT NULL,
  verdict TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, purchase_order) REFERENCES purchase_order (tenant, id)
) STRICT;
CREATE UNIQUE INDEX invoice_number ON invoice (tenant, number);

-- Documents received, as received, before anything looked at them.
CREATE TABLE inbox (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  channel TEXT NOT NULL,
  hash TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  document BLOB NOT NULL,
  status INTEGER,
  answer TEXT,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX inbox_hash ON inbox (tenant, channel, hash);

-- Effects owed to the outside, written with what causes them.
CREATE TABLE outbox (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  lane TEXT NOT NULL,
  recipient TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'parked')),
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  leased_until INTEGER,
  fence INTEGER NOT NULL,
  last_answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX outbox_due ON outbox (tenant, state, due_at);
CREATE INDEX outbox_lane ON outbox (tenant, lane, id);
