import GRDB
private import Tensors

extension CatalogDatabase {
  /// How many images of each label were taken for which, where there is one.
  ///
  /// - Throws: `unknown_run`.
  /// - Complexity: O(images that were measured).
  package func predictionCounts(ofRun run: String) throws -> [PredictionCount] {
    try read { database in
      try database.all(
        """
        SELECT target, answer, count(*) FROM run_predictions WHERE run_id = ?
        GROUP BY target, answer ORDER BY target, answer
        """, [try database.runID(run)]
      ) { PredictionCount(target: try $0.next(), answer: try $0.next(), count: try $0.next()) }
    }
  }

  /// Hands out how sure the model was of each image, and whether it was right.
  ///
  /// - Throws: `unknown_run`.
  /// - Complexity: O(images that were measured), none in memory.
  package func eachConfidence(
    ofRun run: String, _ body: (_ confidence: Double?, _ isRight: Bool) -> Void
  ) throws {
    try read { database in
      try database.each(
        "SELECT confidence, target = answer FROM run_predictions WHERE run_id = ?",
        [try database.runID(run)]
      ) { body(try $0.next(Double?.self), try $0.next(Bool.self)) }
    }
  }

  /// A page of the images of a run with their answers, those first of which the model was surest.
  ///
  /// - Throws: `unknown_run`.
  /// - Complexity: O(images that were measured).
  package func predictions(
    ofRun run: String, _ filter: PredictionFilter, offset: Int, limit: Int
  ) throws -> [PredictionRecord] {
    try read { database in
      try database.all(
        """
        SELECT images.digest, target, answer, confidence
        FROM run_predictions JOIN images ON images.id = run_predictions.image_id
        WHERE run_id = ?1 AND (?2 IS NULL OR target = ?2) AND (?3 IS NULL OR answer = ?3)
          AND (NOT ?4 OR target <> answer)
        ORDER BY confidence DESC, images.digest LIMIT ?5 OFFSET ?6
        """,
        [try database.runID(run), filter.target, filter.answer, filter.isWrong, limit, offset]
      ) {
        PredictionRecord(
          image: try $0.nextDigest(), target: try $0.next(), answer: try $0.next(),
          confidence: try $0.next(Double?.self))
      }
    }
  }
}

extension Database {
  /// Keeps what a model answered.
  func append(_ predictions: [PredictionRecord], toRun id: Int64) throws {
    for prediction in predictions {
      guard let image = try imageID(prediction.image) else {
        throw CatalogDamage(description: "image \(prediction.image) is missing")
      }
      try change(
        """
        INSERT INTO run_predictions (run_id, target, answer, image_id, confidence)
        VALUES (?, ?, ?, ?, ?)
        """, [id, prediction.target, prediction.answer, image, prediction.confidence])
    }
  }
}
