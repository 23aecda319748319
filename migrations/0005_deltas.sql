-- Tensors that are stored as what they differ by from others, and what the registry holds in all.

-- Deltas ------------------------------------------------------------------------------------------

-- What to add to another tensor, the base, of the same type and shape. The base is stored as a whole:
-- it has a row in tensor_locations for as long as a delta needs it. A tensor that has a row there
-- itself is read from that place.
CREATE TABLE tensor_deltas (
  tensor_id INTEGER NOT NULL REFERENCES tensors (id),
  pack_id INTEGER NOT NULL REFERENCES packs (id),
  base_id INTEGER NOT NULL REFERENCES tensors (id),
  encoding TEXT NOT NULL,
  byte_offset INTEGER NOT NULL CHECK (byte_offset >= 0),
  byte_count INTEGER NOT NULL CHECK (byte_count > 0),
  PRIMARY KEY (tensor_id, pack_id),
  CHECK (base_id <> tensor_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX tensor_deltas_by_pack ON tensor_deltas (pack_id);
CREATE INDEX tensor_deltas_by_base ON tensor_deltas (base_id);

CREATE TRIGGER tensor_deltas_keep BEFORE UPDATE ON tensor_deltas
BEGIN SELECT RAISE(ABORT, 'a delta never changes'); END;

CREATE TRIGGER tensor_deltas_begin BEFORE INSERT ON tensor_deltas
WHEN NOT EXISTS (SELECT 1 FROM tensor_locations WHERE tensor_id = NEW.base_id)
BEGIN SELECT RAISE(ABORT, 'the base of a delta is stored as a whole'); END;

CREATE TRIGGER tensor_locations_stay BEFORE DELETE ON tensor_locations
WHEN EXISTS (SELECT 1 FROM tensor_deltas WHERE base_id = OLD.tensor_id)
  AND NOT EXISTS (
    SELECT 1 FROM tensor_locations AS other
    WHERE other.tensor_id = OLD.tensor_id AND other.pack_id <> OLD.pack_id)
BEGIN SELECT RAISE(ABORT, 'a delta needs its base as a whole'); END;

-- Every tensor whose bytes can be had, once for each place.
CREATE VIEW stored_tensors (tensor_id) AS
SELECT tensor_id FROM tensor_locations
UNION ALL
SELECT tensor_id FROM tensor_deltas;

-- Every tensor that a version needs which was not collected, once for each of its uses; and the base
-- of every delta of such a tensor.
DROP VIEW needed_tensors;

CREATE VIEW needed_tensors (tensor_id) AS
SELECT members.tensor_id
FROM tensor_group_members AS members
JOIN model_version_groups AS own ON own.group_id = members.group_id
WHERE NOT EXISTS (
  SELECT 1 FROM deleted_model_versions AS gone
  WHERE gone.version_id = own.version_id AND gone.collected_at IS NOT NULL)
UNION ALL
SELECT deltas.base_id
FROM tensor_deltas AS deltas
JOIN tensor_group_members AS members ON members.tensor_id = deltas.tensor_id
JOIN model_version_groups AS own ON own.group_id = members.group_id
WHERE NOT EXISTS (
  SELECT 1 FROM deleted_model_versions AS gone
  WHERE gone.version_id = own.version_id AND gone.collected_at IS NOT NULL);

-- Totals ------------------------------------------------------------------------------------------

-- How many rows and bytes there are of a kind, kept by triggers, so that nobody has to add them up.
-- Images that were collected and model versions that are deleted do not count.
CREATE TABLE storage_totals (
  kind TEXT NOT NULL PRIMARY KEY
    CHECK (kind IN ('image', 'pack', 'checkpoint', 'model_version')),
  row_count INTEGER NOT NULL,
  byte_count INTEGER NOT NULL  -- of model versions: of all their tensors, each as if alone
) STRICT, WITHOUT ROWID;

INSERT INTO storage_totals (kind, row_count, byte_count)
SELECT 'image', count(*), coalesce(sum(byte_count), 0) FROM images
WHERE NOT EXISTS (SELECT 1 FROM collected_images WHERE image_id = images.id);

INSERT INTO storage_totals (kind, row_count, byte_count)
SELECT 'pack', count(*), coalesce(sum(byte_count), 0) FROM packs;

INSERT INTO storage_totals (kind, row_count, byte_count)
SELECT 'checkpoint', count(*), coalesce(sum(byte_count), 0) FROM checkpoints;

INSERT INTO storage_totals (kind, row_count, byte_count)
SELECT 'model_version', count(*), coalesce(sum(shared_bytes + new_bytes), 0) FROM model_versions
WHERE NOT EXISTS (
  SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = model_versions.id);

CREATE TRIGGER images_counted AFTER INSERT ON images
BEGIN
  UPDATE storage_totals SET row_count = row_count + 1, byte_count = byte_count + NEW.byte_count
  WHERE kind = 'image';
END;

CREATE TRIGGER images_uncounted AFTER INSERT ON collected_images
BEGIN
  UPDATE storage_totals SET row_count = row_count - 1,
    byte_count = byte_count - (SELECT byte_count FROM images WHERE id = NEW.image_id)
  WHERE kind = 'image';
END;

CREATE TRIGGER images_recounted AFTER DELETE ON collected_images
BEGIN
  UPDATE storage_totals SET row_count = row_count + 1,
    byte_count = byte_count + (SELECT byte_count FROM images WHERE id = OLD.image_id)
  WHERE kind = 'image';
END;

CREATE TRIGGER packs_counted AFTER INSERT ON packs
BEGIN
  UPDATE storage_totals SET row_count = row_count + 1, byte_count = byte_count + NEW.byte_count
  WHERE kind = 'pack';
END;

CREATE TRIGGER packs_uncounted AFTER DELETE ON packs
BEGIN
  UPDATE storage_totals SET row_count = row_count - 1, byte_count = byte_count - OLD.byte_count
  WHERE kind = 'pack';
END;

CREATE TRIGGER checkpoints_counted AFTER INSERT ON checkpoints
BEGIN
  UPDATE storage_totals SET row_count = row_count + 1, byte_count = byte_count + NEW.byte_count
  WHERE kind = 'checkpoint';
END;

CREATE TRIGGER checkpoints_recounted AFTER UPDATE OF byte_count ON checkpoints
BEGIN
  UPDATE storage_totals SET byte_count = byte_count - OLD.byte_count + NEW.byte_count
  WHERE kind = 'checkpoint';
END;

CREATE TRIGGER checkpoints_uncounted AFTER DELETE ON checkpoints
BEGIN
  UPDATE storage_totals SET row_count = row_count - 1, byte_count = byte_count - OLD.byte_count
  WHERE kind = 'checkpoint';
END;

CREATE TRIGGER model_versions_counted AFTER INSERT ON model_versions
BEGIN
  UPDATE storage_totals SET row_count = row_count + 1,
    byte_count = byte_count + NEW.shared_bytes + NEW.new_bytes
  WHERE kind = 'model_version';
END;

CREATE TRIGGER model_versions_uncounted AFTER INSERT ON deleted_model_versions
BEGIN
  UPDATE storage_totals SET row_count = row_count - 1, byte_count = byte_count - (
    SELECT shared_bytes + new_bytes FROM model_versions WHERE id = NEW.version_id)
  WHERE kind = 'model_version';
END;

CREATE TRIGGER model_versions_recounted AFTER DELETE ON deleted_model_versions
BEGIN
  UPDATE storage_totals SET row_count = row_count + 1, byte_count = byte_count + (
    SELECT shared_bytes + new_bytes FROM model_versions WHERE id = OLD.version_id)
  WHERE kind = 'model_version';
END;
