-- Who may do what on which budget; budget '' is the whole organisation. Without a row the roles decide alone.
CREATE TABLE budget_right (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('person', 'role')),
  who TEXT COLLATE "C" NOT NULL,
  budget TEXT COLLATE "C" NOT NULL,
  allows TEXT COLLATE "C" NOT NULL CHECK (allows IN ('see', 'request', 'order', 'approve', 'allocate', 'transfer', 'override', 'close')),
  with_children BIGINT NOT NULL CHECK (with_children IN (0, 1)),
  up_to BIGINT,
  PRIMARY KEY (tenant, kind, who, budget, allows)
);

-- Who approves, budget by budget, from which amount on; all that share budget and amount are one step, and any one of them will do.
CREATE TABLE approval_step (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  budget TEXT COLLATE "C" NOT NULL,
  from_amount BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('person', 'role')),
  who TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, budget, from_amount, kind, who)
);

-- Who approves in somebody's place, from the first day to the last.
CREATE TABLE substitute (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  person TEXT COLLATE "C" NOT NULL,
  substitute TEXT COLLATE "C" NOT NULL,
  from_day TEXT COLLATE "C" NOT NULL,
  until_day TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, person, substitute, from_day)
);

-- Of a request: who asked, until when it waits, and who has approved so far, as JSON.
ALTER TABLE purchase_order ADD COLUMN approval TEXT COLLATE "C" NOT NULL DEFAULT '';
-- The planned period whose opening an order waits for before its supplier is told.
ALTER TABLE purchase_order ADD COLUMN waits_for TEXT COLLATE "C";
CREATE INDEX purchase_order_state ON purchase_order (tenant, state, id);
CREATE INDEX purchase_order_waits ON purchase_order (tenant, waits_for, id);
