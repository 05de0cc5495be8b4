-- Who may do what on which budget; budget '' is the whole organisation. Without a row the roles decide alone.
CREATE TABLE budget_right (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  kind TEXT NOT NULL CHECK (kind IN ('person', 'role')),
  who TEXT NOT NULL,
  budget TEXT NOT NULL,
  allows TEXT NOT NULL CHECK (allows IN ('see', 'request', 'order', 'approve', 'allocate', 'transfer', 'override', 'close')),
  with_children INTEGER NOT NULL CHECK (with_children IN (0, 1)),
  up_to INTEGER,
  PRIMARY KEY (tenant, kind, who, budget, allows)
) STRICT;

-- Who approves, budget by budget, from which amount on; all that share budget and amount are one step, and any one of them will do.
CREATE TABLE approval_step (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  budget TEXT NOT NULL,
  from_amount INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('person', 'role')),
  who TEXT NOT NULL,
  PRIMARY KEY (tenant, budget, from_amount, kind, who)
) STRICT;

-- Who approves in somebody's place, from the first day to the last.
CREATE TABLE substitute (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  person TEXT NOT NULL,
  substitute TEXT NOT NULL,
  from_day TEXT NOT NULL,
  until_day TEXT NOT NULL,
  PRIMARY KEY (tenant, person, substitute, from_day)
) STRICT;

-- Of a request: who asked, until when it waits, and who has approved so far, as JSON.
ALTER TABLE purchase_order ADD COLUMN approval TEXT NOT NULL DEFAULT '';
-- The planned period whose opening an order waits for before its supplier is told.
ALTER TABLE purchase_order ADD COLUMN waits_for TEXT;
CREATE INDEX purchase_order_state ON purchase_order (tenant, state, id);
CREATE INDEX purchase_order_waits ON purchase_order (tenant, waits_for, id);
