-- Coding that a buyer wants filled in when a session opens: for a person, for a branch, or for everybody (who = '').
CREATE TABLE default_coding (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  scope TEXT NOT NULL CHECK (scope IN ('user', 'branch', 'buyer')),
  who TEXT NOT NULL,
  coding TEXT NOT NULL,
  PRIMARY KEY (tenant, scope, who)
) STRICT;
