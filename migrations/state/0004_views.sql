-- Names that people gave to filters of the history.
CREATE TABLE views (
  id INTEGER PRIMARY KEY,
  -- Whose it is; NULL is everybody's.
  owner TEXT,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  -- The filters as they stand in an address: `status=failed&workflow=storefront`.
  query TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  saved_by TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX views_by_name ON views (ifnull(owner, ''), name);
