-- What the training service keeps beside the registry's own records.

-- Tokens ------------------------------------------------------------------------------------------

-- A secret by which somebody is known to the service; the secret itself is not kept.
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL CHECK (length(name) > 0),
  -- The part of the token that is no secret, by which it is found.
  identifier BLOB NOT NULL UNIQUE CHECK (length(identifier) = 8),
  -- The SHA-256 of the part that is one.
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  role TEXT NOT NULL CHECK (role IN ('read', 'write', 'admin')),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER CHECK (expires_at > created_at),
  revoked_at INTEGER CHECK (revoked_at >= created_at)
) STRICT;

-- A name may be given again when its token was revoked.
CREATE UNIQUE INDEX tokens_by_name ON tokens (name) WHERE revoked_at IS NULL;

-- Only the end of a token may be set, once.
CREATE TRIGGER tokens_keep BEFORE UPDATE ON tokens
WHEN OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
  OR (NEW.id, NEW.name, NEW.identifier, NEW.hash, NEW.role, NEW.created_at, NEW.created_by,
      NEW.expires_at)
    IS NOT (OLD.id, OLD.name, OLD.identifier, OLD.hash, OLD.role, OLD.created_at, OLD.created_by,
      OLD.expires_at)
BEGIN SELECT RAISE(ABORT, 'a token never changes'); END;

CREATE TRIGGER tokens_stay BEFORE DELETE ON tokens
BEGIN SELECT RAISE(ABORT, 'the history of tokens is not deleted'); END;
