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
  /// How many points one statement inserts: the cost of a statement is that of several points.
  private static let pointsPerStatement = 32
  private static let insertPoint = insertion(ofPoints: 1)
  private static let insertPoints = insertion(ofPoints: pointsPerStatement)

  private static func insertion(ofPoints count: Int) -> String {
    let rows = Array(repeating: "(?, ?, ?, ?)", count: count).joined(separator: ", ")
    return """
      INSERT INTO metric_points (series_id, step, time, value) VALUES \(rows)
      ON CONFLICT (series_id, step) DO UPDATE SET time = excluded.time, value = excluded.value
      """
  }

  /// Adds points to the history of the run in that row.
  func append(_ points: [MetricPoint], toRun runID: Int64) throws {
    let points = points.inOrderOfSteps
    var series: [OpenSeries] = []
    var positions: [String: Int] = [:]
    var start = points.startIndex
    while start < points.endIndex {
      let isFull = points.endIndex - start >= Self.pointsPerStatement
      let end = start + (isFull ? Self.pointsPerStatement : 1)
      var values: [DatabaseValue] = []
      values.reserveCapacity(4 * (end - start))
      for point in points[start..<end] {
        let position: Int
        if let known = positions[point.key] {
          position = known
        } else {
          position = series.count
          positions[point.key] = position
          series.append(try openSeries(point, runID))
        }
        if series[position].mayReplace(point.step) {
          try notePossibleReplacement(by: point, in: &series[position])
        }
        values.append(series[position].id.databaseValue)
        values.append(point.step.databaseValue)
        values.append(point.time.microseconds.databaseValue)
        values.append(Self.stored(point.value).databaseValue)
        series[position].take(point)
      }
      // There is a value for each parameter: checking that again would be a fifth of the time.
      let insertion = try cachedStatement(sql: isFull ? Self.insertPoints : Self.insertPoint)
      insertion.setUncheckedArguments(StatementArguments(values))
      try insertion.execute()
      start = end
    }
    for open in series { try close(open) }
  }

  private func openSeries(_ point: MetricPoint, _ runID: Int64) throws -> OpenSeries {
    let keyID = try interned(
      find: "SELECT id FROM metric_keys WHERE name = ?",
      insert: "INSERT INTO metric_keys (name) VALUES (?)", point.key)
    let known = try first(
      """
      SELECT id, last_step, last_value, least_value, greatest_value FROM metric_series
      WHERE run_id = ? AND key_id = ?
      """, [runID, keyID]
    ) {
      OpenSeries(
        id: try $0.next(), lastStep: try $0.next(), lastValue: try $0.next(Double?.self) ?? .nan,
        least: try $0.next(), greatest: try $0.next())
    }
    if let known { return known }
    let id = try insert(
      "INSERT INTO metric_series (run_id, key_id, last_step, last_value) VALUES (?, ?, ?, ?)",
      [runID, keyID, point.step, Self.stored(point.value)])
    return OpenSeries(id: id, lastStep: point.step, lastValue: point.value)
  }

  /// Notes when a point takes the place of one that was an extreme, which is found anew then.
  private func notePossibleReplacement(
    by point: MetricPoint, in series: inout OpenSeries
  ) throws {
    if series.previousStep == point.step {
      // The former point is of this batch, and may not be stored yet.
      series.needsExtremes = true
      return
    }
    let former = try first(
      "SELECT value FROM metric_points WHERE series_id = ? AND step = ?", [series.id, point.step]
    ) { try $0.next(Double?.self) }
    if let former = former ?? nil, former == series.least || former == series.greatest {
      series.needsExtremes = true
    }
  }

  private func close(_ series: OpenSeries) throws {
    try change(
      """
      UPDATE metric_series SET last_step = ?, last_value = ?, least_value = ?, greatest_value = ?
      WHERE id = ?
      """,
      [series.lastStep, Self.stored(series.lastValue), series.least, series.greatest, series.id])
    guard series.needsExtremes else { return }
    try change(
      """
      UPDATE metric_series SET
        least_value = (SELECT min(value) FROM metric_points WHERE series_id = ?1),
        greatest_value = (SELECT max(value) FROM metric_points WHERE series_id = ?1)
      WHERE id = ?1
      """, [series.id])
  }

  /// SQLite has no NaN: null stands for it.
  private static func stored(_ value: Double) -> Double? { value.isNaN ? nil : value }
}

/// A series that points are being added to.
private struct OpenSeries {
  let id: Int64
  var lastStep: Int
  var lastValue: Double
  /// The least and the greatest number; `nil` while there is none.
  var least: Double?
  var greatest: Double?
  /// The step of the last point of this batch.
  private(set) var previousStep: Int?
  /// Whether an extreme may have been replaced.
  var needsExtremes = false

  init(id: Int64, lastStep: Int, lastValue: Double, least: Double? = nil, greatest: Double? = nil) {
    self.id = id
    self.lastStep = lastStep
    self.lastValue = lastValue
    self.least = least
    self.greatest = greatest
  }

  /// Whether there may be a point of that step.
  func mayReplace(_ step: Int) -> Bool { step <= lastStep }

  /// Makes a point the last one, unless it is before that, and an extreme if it is one.
  mutating func take(_ point: MetricPoint) {
    previousStep = point.step
    if !point.value.isNaN {
      least = min(least ?? point.value, point.value)
      greatest = max(greatest ?? point.value, point.value)
    }
    guard point.step >= lastStep else { return }
    lastStep = point.step
    lastValue = point.value
  }
}

extension [MetricPoint] {
  /// The points in the order of their steps; those of one step stay in their order, since the last
  /// one counts.
  fileprivate var inOrderOfSteps: [MetricPoint] {
    if zip(self, dropFirst()).allSatisfy({ $0.step <= $1.step }) { return self }
    return enumerated().sorted { ($0.element.step, $0.offset) < ($1.element.step, $1.offset) }
      .map(\.element)
  }
}
