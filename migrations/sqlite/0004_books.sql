-- The books as they stand: what the journal's entries add up to, kept beside them for readers and proven by `hookline verify`.
-- Amounts are minor units. Written only behind the lock of the journal's head.

CREATE TABLE period (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  id TEXT NOT NULL,
  parent TEXT,
  status TEXT NOT NULL CHECK (status IN ('planned', 'open', 'grace', 'closed')),
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  source INTEGER NOT NULL,
  lapsed INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE budget (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  parent TEXT,
  postable INTEGER NOT NULL CHECK (postable IN (0, 1)),
  tax_basis TEXT,
  authority TEXT NOT NULL CHECK (authority IN ('authoritative', 'advisory')),
  owner TEXT NOT NULL,
  location TEXT NOT NULL,
  project TEXT NOT NULL,
  segment TEXT NOT NULL,
  PRIMARY KEY (tenant, code)
) STRICT;

-- A budget in a period. `own_…` are its own accounts, the others those of its subtree in both trees.
CREATE TABLE standing (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  budget TEXT NOT NULL,
  period TEXT NOT NULL,
  funded INTEGER NOT NULL CHECK (funded IN (0, 1)),
  allocated INTEGER NOT NULL,
  transferred_in INTEGER NOT NULL,
  transferred_out INTEGER NOT NULL,
  carried_in INTEGER NOT NULL,
  carried_out INTEGER NOT NULL,
  lapsed INTEGER NOT NULL,
  policy TEXT,
  available INTEGER NOT NULL,
  own_requested INTEGER NOT NULL,
  own_committed INTEGER NOT NULL,
  own_delivered INTEGER NOT NULL,
  own_expended INTEGER NOT NULL,
  requested INTEGER NOT NULL,
  committed INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  expended INTEGER NOT NULL,
  funded_below INTEGER NOT NULL,
  PRIMARY KEY (tenant, budget, period)
) STRICT;

-- Orders and invoices as the books hold them: facts of lines, rows and shares.
CREATE TABLE booked_order (
  tenant TEXT NOT NULL,
  number TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, number)
) STRICT;

CREATE TABLE booked_invoice (
  tenant TEXT NOT NULL,
  number TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, number)
) STRICT;

-- What an order holds and has spent of a budget in a period: the sum of its rows there.
CREATE TABLE holding (
  tenant TEXT NOT NULL,
  budget TEXT NOT NULL,
  period TEXT NOT NULL,
  purchase_order TEXT NOT NULL,
  requested INTEGER NOT NULL,
  committed INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  expended INTEGER NOT NULL,
  PRIMARY KEY (tenant, budget, period, purchase_order)
) STRICT, WITHOUT ROWID;
