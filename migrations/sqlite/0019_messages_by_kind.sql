-- The loop over the outbox asks each second what is due of the kinds that can leave, and how many wait. One index of what is unfinished says
-- both, without the rows of those for which there is no way. Nobody asked the other one.
DROP INDEX outbox_due;
DROP INDEX outbox_unfinished;
CREATE INDEX outbox_unfinished ON outbox (tenant, state, kind, due_at) WHERE state <> 'done';
