-- The books as they stand: what the journal's entries add up to, kept beside them for readers and proven by `hookline verify`.
-- Amounts are minor units. Written only behind the lock of the journal's head.

CREATE TABLE period (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  id TEXT COLLATE "C" NOT NULL,
  parent TEXT COLLATE "C",
  status TEXT COLLATE "C" NOT NULL CHECK (status IN ('planned', 'open', 'grace', 'closed')),
  first_day TEXT COLLATE "C" NOT NULL,
  last_day TEXT COLLATE "C" NOT NULL,
  source BIGINT NOT NULL,
  lapsed BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE TABLE budget (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  code TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  parent TEXT COLLATE "C",
  postable BIGINT NOT NULL CHECK (postable IN (0, 1)),
  tax_basis TEXT COLLATE "C",
  authority TEXT COLLATE "C" NOT NULL CHECK (authority IN ('authoritative', 'advisory')),
  owner TEXT COLLATE "C" NOT NULL,
  location TEXT COLLATE "C" NOT NULL,
  project TEXT COLLATE "C" NOT NULL,
  segment TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, code)
);

-- A budget in a period. `own_…` are its own accounts, the others those of its subtree in both trees.
CREATE TABLE standing (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  budget TEXT COLLATE "C" NOT NULL,
  period TEXT COLLATE "C" NOT NULL,
  funded BIGINT NOT NULL CHECK (funded IN (0, 1)),
  allocated BIGINT NOT NULL,
  transferred_in BIGINT NOT NULL,
  transferred_out BIGINT NOT NULL,
  carried_in BIGINT NOT NULL,
  carried_out BIGINT NOT NULL,
  lapsed BIGINT NOT NULL,
  policy TEXT COLLATE "C",
  available BIGINT NOT NULL,
  own_requested BIGINT NOT NULL,
  own_committed BIGINT NOT NULL,
  own_delivered BIGINT NOT NULL,
  own_expended BIGINT NOT NULL,
  requested BIGINT NOT NULL,
  committed BIGINT NOT NULL,
  delivered BIGINT NOT NULL,
  expended BIGINT NOT NULL,
  funded_below BIGINT NOT NULL,
  PRIMARY KEY (tenant, budget, period)
);

-- Orders and invoices as the books hold them: facts of lines, rows and shares.
CREATE TABLE booked_order (
  tenant TEXT COLLATE "C" NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, number)
);

CREATE TABLE booked_invoice (
  tenant TEXT COLLATE "C" NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, number)
);

-- What an order holds and has spent of a budget in a period: the sum of its rows there.
CREATE TABLE holding (
  tenant TEXT COLLATE "C" NOT NULL,
  budget TEXT COLLATE "C" NOT NULL,
  period TEXT COLLATE "C" NOT NULL,
  purchase_order TEXT COLLATE "C" NOT NULL,
  requested BIGINT NOT NULL,
  committed BIGINT NOT NULL,
  delivered BIGINT NOT NULL,
  expended BIGINT NOT NULL,
  PRIMARY KEY (tenant, budget, period, purchase_order)
);
