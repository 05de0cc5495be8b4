-- Carts of suppliers' own shops: each opening of a shop is answered by one cart, or by none. The shop knows the token; the session is the buyer's.
CREATE TABLE remote_cart (
  tenant TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  session TEXT NOT NULL,
  cookie TEXT NOT NULL,
  operation TEXT NOT NULL,
  lines TEXT NOT NULL,
  state TEXT NOT NULL,
  digest TEXT NOT NULL,
  cart TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  returned_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant, token_hash),
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, number) ON DELETE CASCADE
) STRICT;
CREATE INDEX remote_cart_of_session ON remote_cart (tenant, session, version);
