-- Recalls of model versions, and what search needs to find rows by value.

-- Recalls -----------------------------------------------------------------------------------------

-- A version that must not be built on, with the reason. An undone recall stays as history.
CREATE TABLE recalls (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version_id INTEGER NOT NULL REFERENCES model_versions (id),
  reason TEXT NOT NULL CHECK (length(reason) > 0),
  recalled_at INTEGER NOT NULL,
  undone_at INTEGER CHECK (undone_at >= recalled_at),
  undo_reason TEXT,
  CHECK (undo_reason IS NULL OR undone_at IS NOT NULL)
) STRICT;

CREATE UNIQUE INDEX recalls_in_force ON recalls (version_id) WHERE undone_at IS NULL;
CREATE INDEX recalls_by_version ON recalls (version_id);

-- What a recall in force covers: its version and all descendants. A version made later takes over
-- what covers its base, so that a question about one version never walks a lineage.
CREATE TABLE recalled_versions (
  version_id INTEGER NOT NULL REFERENCES model_versions (id),
  recall_id INTEGER NOT NULL REFERENCES recalls (id),
  PRIMARY KEY (version_id, recall_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX recalled_versions_by_recall ON recalled_versions (recall_id);

CREATE TRIGGER model_versions_inherit_recalls AFTER INSERT ON model_versions
WHEN NEW.base_id IS NOT NULL
BEGIN
  INSERT INTO recalled_versions (version_id, recall_id)
  SELECT NEW.id, recall_id FROM recalled_versions WHERE version_id = NEW.base_id;
END;

-- With a trigger on new versions, SQLite plans to look through all that refers to them.
CREATE INDEX alias_changes_by_version ON alias_changes (version_id);
CREATE INDEX alias_changes_by_previous_version ON alias_changes (previous_version_id);

-- Only the end of a recall in force may be set.
CREATE TRIGGER recalls_keep BEFORE UPDATE ON recalls
WHEN OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL
  OR (NEW.id, NEW.version_id, NEW.reason, NEW.recalled_at)
    IS NOT (OLD.id, OLD.version_id, OLD.reason, OLD.recalled_at)
BEGIN SELECT RAISE(ABORT, 'the history of recalls never changes'); END;

CREATE TRIGGER recalls_stay BEFORE DELETE ON recalls
BEGIN SELECT RAISE(ABORT, 'the history of recalls is not deleted'); END;

-- Metrics -----------------------------------------------------------------------------------------

-- The least and the greatest value of a metric, so that a search for the best reads no history.
-- NaN counts as neither: both are null when there is no number.
ALTER TABLE metric_series ADD COLUMN least_value REAL;
ALTER TABLE metric_series ADD COLUMN greatest_value REAL;

DROP TRIGGER metric_series_keep;

UPDATE metric_series SET
  least_value = (SELECT min(value) FROM metric_points WHERE series_id = metric_series.id),
  greatest_value = (SELECT max(value) FROM metric_points WHERE series_id = metric_series.id);

CREATE TRIGGER metric_series_keep BEFORE UPDATE ON metric_series
WHEN (SELECT state FROM runs WHERE id = OLD.run_id) = 'finished'
BEGIN SELECT RAISE(ABORT, 'the metrics of a finished run never change'); END;

CREATE INDEX metric_series_by_last ON metric_series (key_id, last_value, run_id);
CREATE INDEX metric_series_by_least ON metric_series (key_id, least_value, run_id);
CREATE INDEX metric_series_by_greatest ON metric_series (key_id, greatest_value, run_id);

-- Parameters --------------------------------------------------------------------------------------

-- What a run was told is not told otherwise later.
CREATE TRIGGER run_parameters_keep BEFORE UPDATE ON run_parameters
BEGIN SELECT RAISE(ABORT, 'a parameter of a run never changes'); END;

CREATE TRIGGER run_parameters_begin BEFORE INSERT ON run_parameters
WHEN (SELECT state FROM runs WHERE id = NEW.run_id) = 'finished'
BEGIN SELECT RAISE(ABORT, 'a parameter of a run never changes'); END;

-- The number that a parameter's text is: a comparison with a number makes one of the text if it is
-- well formed, and leaves it a text, which equals no number, if it is not.
ALTER TABLE run_parameters ADD COLUMN number REAL GENERATED ALWAYS AS (
  CASE WHEN value = CAST(value AS REAL) THEN CAST(value AS REAL) END) VIRTUAL;

CREATE INDEX run_parameters_by_value ON run_parameters (name_id, value);
CREATE INDEX run_parameters_by_number ON run_parameters (name_id, number);

-- Lists and searches ------------------------------------------------------------------------------

CREATE INDEX runs_by_start ON runs (started_at);
CREATE INDEX runs_by_model ON runs (model);
CREATE INDEX runs_by_state ON runs (state);
CREATE INDEX runs_by_kind ON runs (kind);
CREATE INDEX model_versions_by_origin ON model_versions (origin);
CREATE INDEX model_versions_by_architecture ON model_versions (architecture);
CREATE INDEX model_versions_by_creation ON model_versions (created_at);
CREATE INDEX dataset_versions_by_creation ON dataset_versions (created_at);
CREATE INDEX dataset_counts_by_label ON dataset_counts (label_id);
