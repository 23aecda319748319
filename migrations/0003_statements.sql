-- Statements about model versions and their signatures.

-- What was signed of a version: canonical JSON that names its tensors, documents, datasets, run and
-- the statement of its base. Those of all bases are kept with it, so that a difference can be named.
CREATE TABLE statements (
  id INTEGER PRIMARY KEY,
  version_id INTEGER NOT NULL REFERENCES model_versions (id),
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  content TEXT NOT NULL
) STRICT;

CREATE INDEX statements_by_version ON statements (version_id);

CREATE TABLE signatures (
  statement_id INTEGER NOT NULL REFERENCES statements (id),
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),  -- Ed25519
  signature BLOB NOT NULL CHECK (length(signature) = 64),
  signed_at INTEGER NOT NULL,
  PRIMARY KEY (statement_id, public_key)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER statements_keep BEFORE UPDATE ON statements
BEGIN SELECT RAISE(ABORT, 'a statement never changes'); END;

CREATE TRIGGER statements_stay BEFORE DELETE ON statements
BEGIN SELECT RAISE(ABORT, 'a statement is not deleted'); END;

CREATE TRIGGER signatures_keep BEFORE UPDATE ON signatures
BEGIN SELECT RAISE(ABORT, 'a signature never changes'); END;

CREATE TRIGGER signatures_stay BEFORE DELETE ON signatures
BEGIN SELECT RAISE(ABORT, 'a signature is not deleted'); END;
