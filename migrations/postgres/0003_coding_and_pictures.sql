-- Coding that a buyer wants filled in when a session opens: for a person, for a branch, or for everybody (who = '').
CREATE TABLE default_coding (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  scope TEXT COLLATE "C" NOT NULL CHECK (scope IN ('user', 'branch', 'buyer')),
  who TEXT COLLATE "C" NOT NULL,
  coding TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, scope, who)
);
