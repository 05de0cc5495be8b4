-- Carts of suppliers' own shops: each opening of a shop is answered by one cart, or by none. The shop knows the token; the session is the buyer's.
CREATE TABLE remote_cart (
  tenant TEXT COLLATE "C" NOT NULL,
  token_hash TEXT COLLATE "C" NOT NULL,
  session TEXT COLLATE "C" NOT NULL,
  cookie TEXT COLLATE "C" NOT NULL,
  operation TEXT COLLATE "C" NOT NULL,
  lines TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  cart TEXT COLLATE "C" NOT NULL,
  opened_at BIGINT NOT NULL,
  returned_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (tenant, token_hash),
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, number) ON DELETE CASCADE
);
CREATE INDEX remote_cart_of_session ON remote_cart (tenant, session, version);
