-- Images with several labels, and what single changes and differences of versions are found by.

-- Whether the labels of a version are independent: an image may have several, or none. An image
-- without any has the label '', which no image can be given.
ALTER TABLE dataset_versions
  ADD COLUMN is_multi_label INTEGER NOT NULL DEFAULT 0 CHECK (is_multi_label IN (0, 1));

-- The labels of an item beside its first, which is the first by the order of bytes.
CREATE TABLE dataset_further_labels (
  dataset_id INTEGER NOT NULL,
  image_id INTEGER NOT NULL,
  first_version INTEGER NOT NULL,
  label_id INTEGER NOT NULL REFERENCES labels (id),
  PRIMARY KEY (dataset_id, image_id, first_version, label_id),
  FOREIGN KEY (dataset_id, image_id, first_version)
    REFERENCES dataset_items (dataset_id, image_id, first_version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- How many images have a label beside their first, as dataset_counts has it of first ones.
CREATE TABLE dataset_further_counts (
  dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  label_id INTEGER NOT NULL REFERENCES labels (id),
  split INTEGER NOT NULL CHECK (split IN (0, 1, 2)),
  first_version INTEGER NOT NULL,
  last_version INTEGER CHECK (last_version >= first_version),
  image_count INTEGER NOT NULL CHECK (image_count > 0),
  PRIMARY KEY (dataset_id, label_id, split, first_version)
) STRICT, WITHOUT ROWID;

-- What begins and what ends between two versions.
CREATE INDEX dataset_items_by_begin ON dataset_items (dataset_id, first_version);
CREATE INDEX dataset_items_by_end ON dataset_items (dataset_id, last_version)
  WHERE last_version IS NOT NULL;

-- The newest version's images of a group, and those from a path.
CREATE INDEX dataset_items_by_group ON dataset_items (dataset_id, group_id)
  WHERE last_version IS NULL AND group_id IS NOT NULL;
CREATE INDEX dataset_items_by_path ON dataset_items (dataset_id, source_path)
  WHERE last_version IS NULL;

-- The files that an image was read from.
CREATE INDEX files_by_image ON files (image_id);

-- The counts of a version: those that still hold, and those that ended after it.
CREATE INDEX dataset_counts_by_end ON dataset_counts (dataset_id, last_version);
CREATE INDEX dataset_further_counts_by_end ON dataset_further_counts (dataset_id, last_version);
CREATE INDEX dataset_further_counts_by_label ON dataset_further_counts (label_id);

-- Hashes that differ in three bits at the most agree in one of their four quarters.
CREATE INDEX images_by_hash_quarter_1 ON images (perceptual_hash & 65535);
CREATE INDEX images_by_hash_quarter_2 ON images (perceptual_hash >> 16 & 65535);
CREATE INDEX images_by_hash_quarter_3 ON images (perceptual_hash >> 32 & 65535);
CREATE INDEX images_by_hash_quarter_4 ON images (perceptual_hash >> 48 & 65535);

CREATE TRIGGER dataset_further_labels_keep BEFORE UPDATE ON dataset_further_labels
BEGIN SELECT RAISE(ABORT, 'an item of a dataset version never changes'); END;

-- When the item itself is deleted, its labels go with it.
CREATE TRIGGER dataset_further_labels_stay BEFORE DELETE ON dataset_further_labels
WHEN EXISTS (
  SELECT 1 FROM dataset_items
  WHERE dataset_id = OLD.dataset_id AND image_id = OLD.image_id
    AND first_version = OLD.first_version)
BEGIN SELECT RAISE(ABORT, 'an item of a dataset version is not deleted'); END;

CREATE TRIGGER dataset_further_counts_keep BEFORE UPDATE ON dataset_further_counts
WHEN OLD.last_version IS NOT NULL OR NEW.last_version IS NULL
  OR (NEW.dataset_id, NEW.label_id, NEW.split, NEW.first_version, NEW.image_count)
    IS NOT (OLD.dataset_id, OLD.label_id, OLD.split, OLD.first_version, OLD.image_count)
BEGIN SELECT RAISE(ABORT, 'the counts of a dataset version never change'); END;

CREATE TRIGGER dataset_further_counts_stay BEFORE DELETE ON dataset_further_counts
WHEN EXISTS (SELECT 1 FROM datasets WHERE id = OLD.dataset_id)
BEGIN SELECT RAISE(ABORT, 'the counts of a dataset version are not deleted'); END;
