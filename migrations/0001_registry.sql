-- The first schema. A released migration is never edited: a change is a new file.
--
-- Conventions: a digest is the 32 bytes of a SHA-256; a time is microseconds since 1970-01-01 UTC;
-- a flag is 0 or 1; a split is 0 train, 1 validation, 2 test; an interval of versions that still
-- holds has no last version. Names and texts that repeat are stored once and referred to by number.

PRAGMA application_id = 0x52475354;  -- RGST

-- Images ------------------------------------------------------------------------------------------

CREATE TABLE images (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
  width INTEGER NOT NULL CHECK (width > 0),
  height INTEGER NOT NULL CHECK (height > 0),
  format TEXT NOT NULL,
  channels INTEGER NOT NULL,
  bit_depth INTEGER NOT NULL,
  orientation INTEGER NOT NULL,
  has_alpha INTEGER NOT NULL CHECK (has_alpha IN (0, 1)),
  has_color_profile INTEGER NOT NULL CHECK (has_color_profile IN (0, 1)),
  perceptual_hash INTEGER NOT NULL,  -- 64 bits, as a signed number
  warning TEXT
) STRICT;

-- What a file was when it was imported, so that it is not read again while it stays so.
CREATE TABLE files (
  path TEXT NOT NULL PRIMARY KEY,
  byte_count INTEGER NOT NULL,
  modified_nanoseconds INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  device INTEGER NOT NULL,
  image_id INTEGER NOT NULL REFERENCES images (id)
) STRICT, WITHOUT ROWID;

-- Datasets ----------------------------------------------------------------------------------------

CREATE TABLE datasets (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE dataset_versions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  dataset_id INTEGER NOT NULL REFERENCES datasets (id),
  version INTEGER NOT NULL CHECK (version > 0),
  seed INTEGER NOT NULL,
  train_fraction REAL NOT NULL,
  validation_fraction REAL NOT NULL,
  test_fraction REAL NOT NULL,
  image_count INTEGER NOT NULL CHECK (image_count >= 0),
  created_at INTEGER NOT NULL,
  UNIQUE (dataset_id, version)
) STRICT;

CREATE TABLE labels (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE item_groups (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- An image in a dataset, from its first version to its last: a new version costs what changed.
CREATE TABLE dataset_items (
  dataset_id INTEGER NOT NULL REFERENCES datasets (id),
  image_id INTEGER NOT NULL REFERENCES images (id),
  first_version INTEGER NOT NULL,
  last_version INTEGER CHECK (last_version >= first_version),
  label_id INTEGER NOT NULL REFERENCES labels (id),
  split INTEGER NOT NULL CHECK (split IN (0, 1, 2)),
  group_id INTEGER REFERENCES item_groups (id),
  source_path TEXT NOT NULL,
  PRIMARY KEY (dataset_id, image_id, first_version),
  FOREIGN KEY (dataset_id, first_version) REFERENCES dataset_versions (dataset_id, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX dataset_items_by_image ON dataset_items (image_id);

-- How many images a label has in a split, over the versions in which the number holds.
CREATE TABLE dataset_counts (
  dataset_id INTEGER NOT NULL REFERENCES datasets (id),
  label_id INTEGER NOT NULL REFERENCES labels (id),
  split INTEGER NOT NULL CHECK (split IN (0, 1, 2)),
  first_version INTEGER NOT NULL,
  last_version INTEGER CHECK (last_version >= first_version),
  image_count INTEGER NOT NULL CHECK (image_count > 0),
  PRIMARY KEY (dataset_id, label_id, split, first_version)
) STRICT, WITHOUT ROWID;

-- Tensors -----------------------------------------------------------------------------------------

-- An object that holds tensors.
CREATE TABLE packs (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  byte_count INTEGER NOT NULL CHECK (byte_count >= 0)
) STRICT;

CREATE TABLE tensors (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
  scalar_type TEXT NOT NULL,
  shape TEXT NOT NULL  -- for example [32,3,3,3]; [] is a scalar
) STRICT;

-- Where a tensor's bytes lie. Two writers at once may both have stored it: any place is as good.
CREATE TABLE tensor_locations (
  tensor_id INTEGER NOT NULL REFERENCES tensors (id),
  pack_id INTEGER NOT NULL REFERENCES packs (id),
  byte_offset INTEGER NOT NULL CHECK (byte_offset >= 0),
  PRIMARY KEY (tensor_id, pack_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX tensor_locations_by_pack ON tensor_locations (pack_id);

CREATE TABLE tensor_names (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- Named tensors that versions share as a whole, for example a backbone. The digest is of the content.
CREATE TABLE tensor_groups (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  tensor_count INTEGER NOT NULL
) STRICT;

CREATE TABLE tensor_group_members (
  group_id INTEGER NOT NULL REFERENCES tensor_groups (id),
  position INTEGER NOT NULL,
  name_id INTEGER NOT NULL REFERENCES tensor_names (id),
  tensor_id INTEGER NOT NULL REFERENCES tensors (id),
  PRIMARY KEY (group_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX tensor_group_members_by_tensor ON tensor_group_members (tensor_id);

-- Models ------------------------------------------------------------------------------------------

-- JSON texts that versions and runs share. The digest is of the text.
CREATE TABLE documents (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  content TEXT NOT NULL
) STRICT;

CREATE TABLE models (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE model_versions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_id INTEGER NOT NULL REFERENCES models (id),
  version INTEGER NOT NULL CHECK (version > 0),
  origin TEXT NOT NULL CHECK (origin IN ('imported', 'derived', 'trained')),
  architecture TEXT NOT NULL,
  backbone_id INTEGER NOT NULL REFERENCES documents (id),
  head_id INTEGER NOT NULL REFERENCES documents (id),
  labels_id INTEGER NOT NULL REFERENCES documents (id),
  preprocessing_id INTEGER NOT NULL REFERENCES documents (id),
  freeze_plan_id INTEGER NOT NULL REFERENCES documents (id),
  source_id INTEGER NOT NULL REFERENCES documents (id),
  base_id INTEGER REFERENCES model_versions (id) CHECK (base_id < id),  -- so there are no cycles
  run_id INTEGER REFERENCES runs (id),
  parameter_count INTEGER NOT NULL,
  inherited_layers INTEGER NOT NULL,
  retrained_layers INTEGER NOT NULL,
  added_layers INTEGER NOT NULL,
  dropped_layers INTEGER NOT NULL,
  shared_bytes INTEGER NOT NULL,
  new_bytes INTEGER NOT NULL,
  own_byte_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (model_id, version)
) STRICT;

CREATE INDEX model_versions_by_base ON model_versions (base_id) WHERE base_id IS NOT NULL;
CREATE UNIQUE INDEX model_versions_by_run ON model_versions (run_id) WHERE run_id IS NOT NULL;

CREATE TABLE model_version_groups (
  version_id INTEGER NOT NULL REFERENCES model_versions (id),
  position INTEGER NOT NULL,  -- 0 backbone, 1 head
  group_id INTEGER NOT NULL REFERENCES tensor_groups (id),
  PRIMARY KEY (version_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX model_version_groups_by_group ON model_version_groups (group_id);

-- Where a version's labels came from.
CREATE TABLE model_version_datasets (
  version_id INTEGER NOT NULL REFERENCES model_versions (id),
  position INTEGER NOT NULL,
  dataset_version_id INTEGER NOT NULL REFERENCES dataset_versions (id),
  PRIMARY KEY (version_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX model_version_datasets_by_dataset ON model_version_datasets (dataset_version_id);

CREATE TABLE aliases (
  model_id INTEGER NOT NULL REFERENCES models (id),
  name TEXT NOT NULL,
  version_id INTEGER NOT NULL REFERENCES model_versions (id),
  PRIMARY KEY (model_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX aliases_by_version ON aliases (version_id);

-- Every move of an alias, in order.
CREATE TABLE alias_changes (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES models (id),
  name TEXT NOT NULL,
  version_id INTEGER NOT NULL REFERENCES model_versions (id),
  previous_version_id INTEGER REFERENCES model_versions (id),
  changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX alias_changes_by_alias ON alias_changes (model_id, name);

-- Runs --------------------------------------------------------------------------------------------

CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  identifier BLOB NOT NULL UNIQUE CHECK (length(identifier) = 16),  -- printed in hexadecimal
  kind TEXT NOT NULL CHECK (kind IN ('train', 'evaluate')),
  state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'interrupted', 'failed')),
  model TEXT NOT NULL,  -- the name that was asked for; no such model exists before a first training
  base_id INTEGER REFERENCES model_versions (id),
  seed INTEGER NOT NULL,
  host_id INTEGER NOT NULL REFERENCES documents (id),
  program TEXT NOT NULL,
  message TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  CHECK ((state = 'running') = (ended_at IS NULL))
) STRICT;

CREATE INDEX runs_by_base ON runs (base_id, kind) WHERE base_id IS NOT NULL;

CREATE TABLE run_datasets (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  position INTEGER NOT NULL,
  dataset_version_id INTEGER NOT NULL REFERENCES dataset_versions (id),
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset_version_id);

CREATE TABLE parameter_names (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE run_parameters (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  name_id INTEGER NOT NULL REFERENCES parameter_names (id),
  value TEXT NOT NULL,
  PRIMARY KEY (run_id, name_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
  run_id INTEGER PRIMARY KEY REFERENCES runs (id),
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
  step INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX checkpoints_by_digest ON checkpoints (digest);

CREATE TABLE metric_keys (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- A metric of a run. The last point stands here too, so that a list of runs reads no history.
CREATE TABLE metric_series (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  key_id INTEGER NOT NULL REFERENCES metric_keys (id),
  last_step INTEGER NOT NULL,
  last_value REAL,  -- null is NaN
  UNIQUE (run_id, key_id)
) STRICT;

CREATE TABLE metric_points (
  series_id INTEGER NOT NULL REFERENCES metric_series (id),
  step INTEGER NOT NULL,
  time INTEGER NOT NULL,
  value REAL,  -- null is NaN: SQLite stores no other
  PRIMARY KEY (series_id, step)
) STRICT, WITHOUT ROWID;

-- What never changes ------------------------------------------------------------------------------

CREATE TRIGGER dataset_versions_keep BEFORE UPDATE ON dataset_versions
BEGIN SELECT RAISE(ABORT, 'a dataset version never changes'); END;

CREATE TRIGGER dataset_versions_stay BEFORE DELETE ON dataset_versions
BEGIN SELECT RAISE(ABORT, 'a dataset version is not deleted'); END;

-- Only the end of an open interval may be set.
CREATE TRIGGER dataset_items_keep BEFORE UPDATE ON dataset_items
WHEN OLD.last_version IS NOT NULL OR NEW.last_version IS NULL
  OR (NEW.dataset_id, NEW.image_id, NEW.first_version, NEW.label_id, NEW.split, NEW.group_id,
      NEW.source_path)
    IS NOT (OLD.dataset_id, OLD.image_id, OLD.first_version, OLD.label_id, OLD.split, OLD.group_id,
      OLD.source_path)
BEGIN SELECT RAISE(ABORT, 'an item of a dataset version never changes'); END;

CREATE TRIGGER dataset_items_stay BEFORE DELETE ON dataset_items
BEGIN SELECT RAISE(ABORT, 'an item of a dataset version is not deleted'); END;

-- An image stands once in a version.
CREATE TRIGGER dataset_items_once BEFORE INSERT ON dataset_items
WHEN EXISTS (
  SELECT 1 FROM dataset_items
  WHERE dataset_id = NEW.dataset_id AND image_id = NEW.image_id
    AND (last_version IS NULL OR last_version >= NEW.first_version))
BEGIN SELECT RAISE(ABORT, 'an image stands once in a dataset version'); END;

CREATE TRIGGER dataset_counts_keep BEFORE UPDATE ON dataset_counts
WHEN OLD.last_version IS NOT NULL OR NEW.last_version IS NULL
  OR (NEW.dataset_id, NEW.label_id, NEW.split, NEW.first_version, NEW.image_count)
    IS NOT (OLD.dataset_id, OLD.label_id, OLD.split, OLD.first_version, OLD.image_count)
BEGIN SELECT RAISE(ABORT, 'the counts of a dataset version never change'); END;

CREATE TRIGGER dataset_counts_stay BEFORE DELETE ON dataset_counts
BEGIN SELECT RAISE(ABORT, 'the counts of a dataset version are not deleted'); END;

CREATE TRIGGER tensors_keep BEFORE UPDATE ON tensors
BEGIN SELECT RAISE(ABORT, 'a tensor never changes'); END;

CREATE TRIGGER tensor_groups_keep BEFORE UPDATE ON tensor_groups
BEGIN SELECT RAISE(ABORT, 'a group of tensors never changes'); END;

CREATE TRIGGER tensor_group_members_keep BEFORE UPDATE ON tensor_group_members
BEGIN SELECT RAISE(ABORT, 'a group of tensors never changes'); END;

CREATE TRIGGER documents_keep BEFORE UPDATE ON documents
BEGIN SELECT RAISE(ABORT, 'a document never changes'); END;

CREATE TRIGGER model_versions_keep BEFORE UPDATE ON model_versions
BEGIN SELECT RAISE(ABORT, 'a model version never changes'); END;

CREATE TRIGGER model_versions_stay BEFORE DELETE ON model_versions
BEGIN SELECT RAISE(ABORT, 'a model version is not deleted'); END;

CREATE TRIGGER model_version_groups_keep BEFORE UPDATE ON model_version_groups
BEGIN SELECT RAISE(ABORT, 'a model version never changes'); END;

CREATE TRIGGER model_version_groups_stay BEFORE DELETE ON model_version_groups
BEGIN SELECT RAISE(ABORT, 'a model version is not deleted'); END;

CREATE TRIGGER model_version_datasets_keep BEFORE UPDATE ON model_version_datasets
BEGIN SELECT RAISE(ABORT, 'a model version never changes'); END;

CREATE TRIGGER model_version_datasets_stay BEFORE DELETE ON model_version_datasets
BEGIN SELECT RAISE(ABORT, 'a model version is not deleted'); END;

CREATE TRIGGER alias_changes_keep BEFORE UPDATE ON alias_changes
BEGIN SELECT RAISE(ABORT, 'the history of an alias never changes'); END;

CREATE TRIGGER alias_changes_stay BEFORE DELETE ON alias_changes
BEGIN SELECT RAISE(ABORT, 'the history of an alias is not deleted'); END;

CREATE TRIGGER runs_keep BEFORE UPDATE ON runs
WHEN OLD.state = 'finished'
BEGIN SELECT RAISE(ABORT, 'a finished run never changes'); END;

CREATE TRIGGER runs_stay BEFORE DELETE ON runs
BEGIN SELECT RAISE(ABORT, 'a run is not deleted'); END;

CREATE TRIGGER metric_series_begin BEFORE INSERT ON metric_series
WHEN (SELECT state FROM runs WHERE id = NEW.run_id) = 'finished'
BEGIN SELECT RAISE(ABORT, 'the metrics of a finished run never change'); END;

CREATE TRIGGER metric_series_keep BEFORE UPDATE ON metric_series
WHEN (SELECT state FROM runs WHERE id = OLD.run_id) = 'finished'
BEGIN SELECT RAISE(ABORT, 'the metrics of a finished run never change'); END;

CREATE TRIGGER metric_points_keep BEFORE UPDATE ON metric_points
WHEN (
  SELECT runs.state FROM metric_series JOIN runs ON runs.id = metric_series.run_id
  WHERE metric_series.id = OLD.series_id) = 'finished'
BEGIN SELECT RAISE(ABORT, 'the metrics of a finished run never change'); END;

CREATE TRIGGER metric_points_stay BEFORE DELETE ON metric_points
BEGIN SELECT RAISE(ABORT, 'the metrics of a run are not deleted'); END;
