-- Aliases that can be removed, tags, notes, deletion, and what became of collected bytes.
--
-- A tombstone is a row whose thing was deleted and collected: it stays, so that the pedigree of
-- what descends from it can be told for ever.

-- Aliases -----------------------------------------------------------------------------------------

-- The history of aliases again, with removals and with who did it.
CREATE TABLE alias_history (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES models (id),
  name TEXT NOT NULL,
  version_id INTEGER REFERENCES model_versions (id),  -- null when it was removed
  previous_version_id INTEGER REFERENCES model_versions (id),
  changed_at INTEGER NOT NULL,
  changed_by TEXT,  -- USER@HOST; null for moves from before this was noted
  CHECK (version_id IS NOT NULL OR previous_version_id IS NOT NULL)
) STRICT;

INSERT INTO alias_history (id, model_id, name, version_id, previous_version_id, changed_at)
SELECT id, model_id, name, version_id, previous_version_id, changed_at FROM alias_changes;

DROP TABLE alias_changes;
ALTER TABLE alias_history RENAME TO alias_changes;

CREATE INDEX alias_changes_by_alias ON alias_changes (model_id, name);

CREATE TRIGGER alias_changes_keep BEFORE UPDATE ON alias_changes
BEGIN SELECT RAISE(ABORT, 'the history of an alias never changes'); END;

CREATE TRIGGER alias_changes_stay BEFORE DELETE ON alias_changes
BEGIN SELECT RAISE(ABORT, 'the history of an alias is not deleted'); END;

-- Tags and notes ----------------------------------------------------------------------------------

-- A kind is model, model_version, dataset, dataset_version or run; the number is of its row.
CREATE TABLE tags (
  subject_kind TEXT NOT NULL CHECK (
    subject_kind IN ('model', 'model_version', 'dataset', 'dataset_version', 'run')),
  subject_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (subject_kind, subject_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX tags_by_key ON tags (subject_kind, key, value);

CREATE TABLE notes (
  subject_kind TEXT NOT NULL CHECK (
    subject_kind IN ('model', 'model_version', 'dataset', 'dataset_version', 'run')),
  subject_id INTEGER NOT NULL,
  content TEXT NOT NULL CHECK (content <> ''),
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (subject_kind, subject_id)
) STRICT, WITHOUT ROWID;

-- The tags that hold for a version: its own, and those of its model for keys that it has not.
CREATE VIEW model_version_tags (version_id, key, value) AS
SELECT subject_id, key, value FROM tags WHERE subject_kind = 'model_version'
UNION ALL
SELECT model_versions.id, tags.key, tags.value
FROM model_versions JOIN tags
  ON tags.subject_kind = 'model' AND tags.subject_id = model_versions.model_id
WHERE NOT EXISTS (
  SELECT 1 FROM tags AS own WHERE own.subject_kind = 'model_version'
    AND own.subject_id = model_versions.id AND own.key = tags.key);

CREATE VIEW dataset_version_tags (version_id, key, value) AS
SELECT subject_id, key, value FROM tags WHERE subject_kind = 'dataset_version'
UNION ALL
SELECT dataset_versions.id, tags.key, tags.value
FROM dataset_versions JOIN tags
  ON tags.subject_kind = 'dataset' AND tags.subject_id = dataset_versions.dataset_id
WHERE NOT EXISTS (
  SELECT 1 FROM tags AS own WHERE own.subject_kind = 'dataset_version'
    AND own.subject_id = dataset_versions.id AND own.key = tags.key);

-- Deletion ----------------------------------------------------------------------------------------

-- One act of deleting, which is undone as one.
CREATE TABLE deletions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  deleted_at INTEGER NOT NULL,
  deleted_by TEXT NOT NULL  -- USER@HOST
) STRICT;

-- What is deleted. Until its bytes were collected it can be restored, by removing the row here.
CREATE TABLE deleted_model_versions (
  version_id INTEGER PRIMARY KEY REFERENCES model_versions (id),
  deletion_id INTEGER NOT NULL REFERENCES deletions (id),
  collected_at INTEGER
) STRICT;

CREATE TABLE deleted_dataset_versions (
  version_id INTEGER PRIMARY KEY REFERENCES dataset_versions (id),
  deletion_id INTEGER NOT NULL REFERENCES deletions (id),
  collected_at INTEGER
) STRICT;

CREATE TABLE deleted_runs (
  run_id INTEGER PRIMARY KEY REFERENCES runs (id),
  deletion_id INTEGER NOT NULL REFERENCES deletions (id),
  collected_at INTEGER
) STRICT;

-- By these what can still be restored is found.
CREATE INDEX restorable_model_versions ON deleted_model_versions (deletion_id)
  WHERE collected_at IS NULL;
CREATE INDEX restorable_dataset_versions ON deleted_dataset_versions (deletion_id)
  WHERE collected_at IS NULL;
CREATE INDEX restorable_runs ON deleted_runs (deletion_id) WHERE collected_at IS NULL;

CREATE TRIGGER deleted_model_versions_keep BEFORE UPDATE ON deleted_model_versions
WHEN OLD.collected_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'what was collected stays deleted'); END;

CREATE TRIGGER deleted_model_versions_stay BEFORE DELETE ON deleted_model_versions
WHEN OLD.collected_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'what was collected stays deleted'); END;

CREATE TRIGGER deleted_dataset_versions_keep BEFORE UPDATE ON deleted_dataset_versions
WHEN OLD.collected_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'what was collected stays deleted'); END;

CREATE TRIGGER deleted_dataset_versions_stay BEFORE DELETE ON deleted_dataset_versions
WHEN OLD.collected_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'what was collected stays deleted'); END;

CREATE TRIGGER deleted_runs_keep BEFORE UPDATE ON deleted_runs
WHEN OLD.collected_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'what was collected stays deleted'); END;

CREATE TRIGGER deleted_runs_stay BEFORE DELETE ON deleted_runs
WHEN OLD.collected_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'what was collected stays deleted'); END;

-- Collection --------------------------------------------------------------------------------------

-- Images whose bytes are not kept any more; one that is imported again leaves this table.
CREATE TABLE collected_images (
  image_id INTEGER PRIMARY KEY REFERENCES images (id),
  collected_at INTEGER NOT NULL
) STRICT;

-- A tensor whose bytes are not kept any more has no location.

-- Every tensor that a version needs which was not collected, once for each of its uses.
CREATE VIEW needed_tensors (tensor_id) AS
SELECT members.tensor_id
FROM tensor_group_members AS members
JOIN model_version_groups AS own ON own.group_id = members.group_id
WHERE NOT EXISTS (
  SELECT 1 FROM deleted_model_versions AS gone
  WHERE gone.version_id = own.version_id AND gone.collected_at IS NOT NULL);

-- Every image that a dataset version needs which was not collected, once for each of its uses.
CREATE VIEW needed_images (image_id) AS
SELECT items.image_id
FROM dataset_items AS items
JOIN dataset_versions AS version ON version.dataset_id = items.dataset_id
  AND version.version >= items.first_version
  AND version.version <= coalesce(items.last_version, version.version)
WHERE NOT EXISTS (
  SELECT 1 FROM deleted_dataset_versions AS gone
  WHERE gone.version_id = version.id AND gone.collected_at IS NOT NULL);
