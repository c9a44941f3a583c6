-- What registries of images ask for stands beside what repositories do.
CREATE TABLE credentials_of_all_kinds (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('https', 'ssh', 'registry')),
  sealed BLOB NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO credentials_of_all_kinds
SELECT name, kind, sealed, updated_at, updated_by
FROM credentials;

DROP TABLE credentials;

ALTER TABLE credentials_of_all_kinds RENAME TO credentials;
