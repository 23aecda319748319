private import GRDB
package import Tensors

extension CatalogSnapshot {
  /// The tensors of a model version by name, backbone first, then head.
  package func tensorNames(ofModelVersion id: Int64) throws -> [NamedTensor] {
    try database.namedTensors(ofVersion: id)
  }

  /// The digest of what a dataset version holds: the SHA-256 of one line for each image, in the
  /// order of their digests: the digest in hexadecimal, the split and, for each of its labels in the
  /// order of their bytes, the number of bytes of the label and the label, with blanks between and
  /// a line feed at the end.
  ///
  /// - Complexity: O(*n* log *n*) in the images that the dataset ever had, none in memory.
  package func contentDigest(ofDatasetVersion id: Int64) throws -> Digest {
    var hasher = DigestHasher()
    try database.each(
      """
      SELECT dataset_items.dataset_id, dataset_items.image_id, dataset_items.first_version,
        images.digest, dataset_items.split, labels.name, dataset_versions.is_multi_label
      FROM \(Database.itemsOfVersions)
      JOIN labels ON labels.id = dataset_items.label_id
      WHERE dataset_versions.id = ? ORDER BY images.digest
      """, [id]
    ) { columns in
      let key: [Int64] = [try columns.next(), try columns.next(), try columns.next()]
      let digest = try columns.nextDigest()
      let split = try columns.nextSplit()
      let first: String = try columns.next()
      let labels = try columns.next() ? try database.labels(ofItem: key, first: first) : [first]
      let text = labels.map { " \($0.utf8.count) \($0)" }.joined()
      hasher.update("\(digest) \(split.rawValue)\(text)\n")
    }
    return hasher.finalize()
  }

  /// The digest of the metrics of a run: the SHA-256 of one line for each point, by the bytes of
  /// the metric's name and then by step: the number of bytes of the name, the name, the step, the
  /// time in microseconds and the 64 bits of the value in 16 hexadecimal digits, with blanks
  /// between and a line feed at the end.
  ///
  /// - Complexity: O(points), none in memory.
  package func metricsDigest(ofRun identifier: String) throws -> Digest {
    var hasher = DigestHasher()
    try eachMetricPoint(ofRun: identifier) { Self.hash($0, into: &hasher) }
    return hasher.finalize()
  }

  /// Takes a point into the digest of a run's metrics.
  package static func hash(_ point: MetricPoint, into hasher: inout DigestHasher) {
    hasher.update(
      "\(point.key.utf8.count) \(point.key) \(point.step) \(point.time.microseconds) "
        + "\(point.valueBits)\n")
  }

  /// The points of a run, by the bytes of the metric's name and then by step.
  package func eachMetricPoint(
    ofRun identifier: String, _ body: (MetricPoint) throws -> Void
  ) throws {
    let series = try database.all(
      """
      SELECT metric_series.id, metric_keys.name
      FROM metric_series JOIN metric_keys ON metric_keys.id = metric_series.key_id
      WHERE metric_series.run_id = ? ORDER BY metric_keys.name
      """, [try database.runID(identifier)]
    ) { (id: try $0.next(Int64.self), key: try $0.next(String.self)) }
    for series in series {
      try database.each(
        "SELECT step, value, time FROM metric_points WHERE series_id = ? ORDER BY step",
        [series.id]
      ) {
        try body(
          MetricPoint(
            key: series.key, step: try $0.next(), value: try $0.next(Double?.self) ?? .nan,
            time: try $0.nextTimestamp()))
      }
    }
  }

  /// The images of a dataset version whose bytes are kept, in the order of their digests.
  package func imageDigests(ofDatasetVersion id: Int64) throws -> [Digest] {
    try database.all(
      """
      SELECT images.digest
      FROM \(Database.itemsOfVersions)
      WHERE dataset_versions.id = ? AND NOT EXISTS (
        SELECT 1 FROM collected_images WHERE image_id = images.id)
      ORDER BY images.digest
      """, [id]
    ) { try $0.nextDigest() }
  }

  /// What of a model version's own records no longer has its digest, one sentence each.
  ///
  /// - Complexity: O(documents and tensors of the version).
  package func damagedRecords(ofModelVersion id: Int64) throws -> [String] {
    let documents = try database.damagedDocuments(ofModelVersion: id)
    return try documents + database.damagedGroups(ofModelVersion: id)
  }
}

extension MetricPoint {
  /// The 64 bits of the value as 16 hexadecimal digits; of numbers that are none there is one.
  package var valueBits: String {
    // SQLite knows one NaN, and no -0.
    let stored = value.isNaN ? Double.nan : value == 0 ? 0 : value
    let digits = String(stored.bitPattern, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
