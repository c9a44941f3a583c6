-- What somebody changed in a workflow and has not saved: theirs alone, one for each workflow. 0 is a workflow to come.
CREATE TABLE drafts (
  owner TEXT NOT NULL,
  workflow_id INTEGER NOT NULL CHECK (workflow_id >= 0),
  -- The version that it began from; 0 where there was none.
  base INTEGER NOT NULL CHECK (base >= 0),
  -- The window of its owner that wrote it last: no other may write over it unseen.
  writer TEXT NOT NULL,
  text TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  PRIMARY KEY (owner, workflow_id)
) STRICT, WITHOUT ROWID;
