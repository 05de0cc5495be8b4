-- What stood on every budget after an entry of the journal, kept every so often: what stood at any past moment is the last snapshot before
-- it and the entries since. `body` is an entry that gives these books (JSON, as `entry.posting`); `at` is the moment of its last entry.

CREATE TABLE snapshot (
  tenant TEXT NOT NULL REFERENCES organisation (id),
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, sequence)
) STRICT;
CREATE INDEX snapshot_of_moment ON snapshot (tenant, at);

-- What an entry is about beside its subject, for questions that would have to read all of them: `funding/CODE@PERIOD`, `over`, `called-off`.
CREATE TABLE mention (
  tenant TEXT NOT NULL,
  topic TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (tenant, topic, sequence)
) STRICT, WITHOUT ROWID;
