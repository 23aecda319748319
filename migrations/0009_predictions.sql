-- What models said about single images.

-- What a model that was measured answered for an image: the figures of the run are made of these.
-- Labels are numbers of outputs, from 0, of the version that was measured.
CREATE TABLE run_predictions (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  -- The label that the image has.
  target INTEGER NOT NULL CHECK (target >= 0),
  -- The label that was likeliest.
  answer INTEGER NOT NULL CHECK (answer >= 0),
  image_id INTEGER NOT NULL REFERENCES images (id),
  -- The probability of the answer; null where the network put out no number.
  confidence REAL CHECK (confidence BETWEEN 0 AND 1),
  PRIMARY KEY (run_id, target, answer, image_id)
) STRICT, WITHOUT ROWID;

-- What models said about an image.
CREATE INDEX run_predictions_by_image ON run_predictions (image_id);

CREATE TRIGGER run_predictions_keep BEFORE UPDATE ON run_predictions
BEGIN SELECT RAISE(ABORT, 'what was measured never changes'); END;

CREATE TRIGGER run_predictions_stay BEFORE DELETE ON run_predictions
BEGIN SELECT RAISE(ABORT, 'what was measured is not deleted'); END;
