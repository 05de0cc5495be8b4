-- Coding that a buyer wants filled in when a session opens: for a person, for a branch, or for everybody (who = '').
CREATE TABLE default_coding (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  scope TEXT NOT NULL CHECK (scope IN ('user', 'branch', 'buyer')),
  who TEXT NOT NULL,
  coding TEXT NOT NULL,
  PRIMARY KEY (tenant, scope, who)
) STRICT;

-- Pictures an organisation brought, by the hash of what it sent, made anew in two sizes. Several articles may show one picture.
CREATE TABLE picture (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  hash TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('image/png', 'image/jpeg')),
  small BLOB NOT NULL,
  large BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, hash)
) STRICT;

-- Which of the supplier's pictures an article shows; articles themselves are often written whole and know nothing of it.
CREATE TABLE article_picture (
  catalogue TEXT NOT NULL REFERENCES catalogue (id),
  article TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (catalogue, article)
) STRICT;

-- The logo a buyer wants on its cards unless a line has another; one of its own pictures.
CREATE TABLE buyer_logo (
  tenant TEXT NOT NULL PRIMARY KEY REFERENCES organisation (id),
  hash TEXT NOT NULL
) STRICT;
