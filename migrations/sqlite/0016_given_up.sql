-- A message that was parked ends without being sent when a person gives it up: who did, and why.
ALTER TABLE outbox ADD COLUMN given_up_by TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN given_up_why TEXT NOT NULL DEFAULT '';
