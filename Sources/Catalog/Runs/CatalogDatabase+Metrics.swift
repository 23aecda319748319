import GRDB

extension CatalogDatabase {
  /// Adds points to the history of a run; they are on the disk when the call returns.
  ///
  /// A point of a step that is there already replaces it, since a run that goes on from its
  /// checkpoint repeats the steps after it.
  ///
  /// - Throws: `unknown_run`; `run_ended` unless the run is going on.
  /// - Complexity: O(points); one flush of the disk whatever their number.
  package func appendMetrics(_ points: [MetricPoint], to run: String) throws {
    guard !points.isEmpty else { return }
    try write { try $0.append(points, toRun: try $0.runningRunID(run)) }
  }

  /// The history of a run, one series for each metric in the order of their names, or for one.
  ///
  /// - Throws: `unknown_run`.
  package func metrics(of run: String, key: String? = nil) throws -> [MetricSeries] {
    try read { database in
      let id = try database.runID(run)
      return try database.all(
        """
        SELECT metric_series.id, metric_keys.name
        FROM metric_series JOIN metric_keys ON metric_keys.id = metric_series.key_id
        WHERE metric_series.run_id = ? AND (?2 IS NULL OR metric_keys.name = ?2)
        ORDER BY metric_keys.name
        """, [id, key]
      ) { (id: try $0.next(Int64.self), key: try $0.next(String.self)) }
      .map { series in
        let points = try database.all(
          "SELECT step, value, time FROM metric_points WHERE series_id = ? ORDER BY step",
          [series.id]
        ) {
          MetricPoint(
            key: series.key, step: try $0.next(), value: try $0.next(Double?.self) ?? .nan,
            time: try $0.nextTimestamp())
        }
        return MetricSeries(key: series.key, points: points)
      }
    }
  }

  /// The value of each metric of a run at its greatest step.
  ///
  /// - Throws: `unknown_run`.
  /// - Complexity: O(metrics), whatever the length of the history.
  package func lastMetrics(of run: String) throws -> [String: Double] {
    try read { database in
      let values = try database.all(
        """
        SELECT metric_keys.name, metric_series.last_value
        FROM metric_series JOIN metric_keys ON metric_keys.id = metric_series.key_id
        WHERE metric_series.run_id = ?
        """, [try database.runID(run)]
      ) { (try $0.next(String.self), try $0.next(Double?.self) ?? .nan) }
      return Dictionary(values) { first, _ in first }
    }
  }
}

extension Database {
  /// Adds points to the history of the run in that row.
  func append(_ points: [MetricPoint], toRun runID: Int64) throws {
    var series: [String: OpenSeries] = [:]
    let insertion = try cachedStatement(
      sql: """
        INSERT INTO metric_points (series_id, step, time, value) VALUES (?, ?, ?, ?)
        ON CONFLICT (series_id, step) DO UPDATE SET time = excluded.time, value = excluded.value
        """)
    for point in points {
      var open = try series[point.key] ?? openSeries(point, runID)
      try insertion.execute(
        arguments: [open.id, point.step, point.time.microseconds, Self.stored(point.value)])
      if point.step >= open.lastStep {
        open.lastStep = point.step
        open.lastValue = point.value
      }
      series[point.key] = open
    }
    for open in series.values {
      try change(
        "UPDATE metric_series SET last_step = ?, last_value = ? WHERE id = ?",
        [open.lastStep, Self.stored(open.lastValue), open.id])
    }
  }

  private func openSeries(_ point: MetricPoint, _ runID: Int64) throws -> OpenSeries {
    let keyID = try interned(
      find: "SELECT id FROM metric_keys WHERE name = ?",
      insert: "INSERT INTO metric_keys (name) VALUES (?)", point.key)
    let known = try first(
      "SELECT id, last_step, last_value FROM metric_series WHERE run_id = ? AND key_id = ?",
      [runID, keyID]
    ) {
      OpenSeries(
        id: try $0.next(), lastStep: try $0.next(), lastValue: try $0.next(Double?.self) ?? .nan)
    }
    if let known { return known }
    let id = try insert(
      "INSERT INTO metric_series (run_id, key_id, last_step, last_value) VALUES (?, ?, ?, ?)",
      [runID, keyID, point.step, Self.stored(point.value)])
    return OpenSeries(id: id, lastStep: point.step, lastValue: point.value)
  }

  /// SQLite has no NaN: null stands for it.
  private static func stored(_ value: Double) -> Double? { value.isNaN ? nil : value }
}

/// A series that points are being added to.
private struct OpenSeries {
  let id: Int64
  var lastStep: Int
  var lastValue: Double
}
