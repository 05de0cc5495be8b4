-- Coding that a buyer wants filled in when a session opens: for a person, for a branch, or for everybody (who = '').
CREATE TABLE default_coding (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  scope TEXT COLLATE "C" NOT NULL CHECK (scope IN ('user', 'branch', 'buyer')),
  who TEXT COLLATE "C" NOT NULL,
  coding TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, scope, who)
);

-- Pictures an organisation brought, by the hash of what it sent, made anew in two sizes. Several articles may show one picture.
CREATE TABLE picture (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  hash TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('image/png', 'image/jpeg')),
  small BYTEA NOT NULL,
  large BYTEA NOT NULL,
  made_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, hash)
);

-- Which of the supplier's pictures an article shows; articles themselves are often written whole and know nothing of it.
CREATE TABLE article_picture (
  catalogue TEXT COLLATE "C" NOT NULL REFERENCES catalogue (id),
  article TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (catalogue, article)
);

-- The logo a buyer wants on its cards unless a line has another; one of its own pictures.
CREATE TABLE buyer_logo (
  tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES organisation (id),
  hash TEXT COLLATE "C" NOT NULL
);
