import GRDB

/// Which points of a history are wanted.
package enum MetricSelection: Hashable, Sendable {
  /// All of them.
  case all
  /// Those after a step, at most so many of each metric.
  case page(afterStep: Int?, limit: Int)
  /// At most so many of each metric, at least four, which show its course: the first and the last
  /// point, and of each stretch between the least and the greatest.
  case thinned(points: Int)
}

extension CatalogDatabase {
  /// The history of a run, one series for each metric in the order of their names, or for one.
  ///
  /// - Throws: `unknown_run`.
  /// - Complexity: O(points that are returned); O(all points) in time to thin them, and not in
  ///   memory.
  package func metrics(
    of run: String, key: String? = nil, _ selection: MetricSelection = .all
  ) throws -> [MetricSeries] {
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
        MetricSeries(
          key: series.key, points: try database.points(ofSeries: series.id, series.key, selection))
      }
    }
  }

  /// The names of a run's metrics, in order.
  ///
  /// - Throws: `unknown_run`.
  package func metricKeys(of run: String) throws -> [String] {
    try read { database in
      try database.all(
        """
        SELECT metric_keys.name
        FROM metric_series JOIN metric_keys ON metric_keys.id = metric_series.key_id
        WHERE metric_series.run_id = ? ORDER BY metric_keys.name
        """, [try database.runID(run)]
      ) { try $0.next() }
    }
  }
}

extension Database {
  fileprivate func points(
    ofSeries id: Int64, _ key: String, _ selection: MetricSelection
  ) throws -> [MetricPoint] {
    func decode(_ columns: inout ColumnReader) throws -> MetricPoint {
      MetricPoint(
        key: key, step: try columns.next(), value: try columns.next(Double?.self) ?? .nan,
        time: try columns.nextTimestamp())
    }
    switch selection {
    case .all:
      return try all(
        "SELECT step, value, time FROM metric_points WHERE series_id = ? ORDER BY step", [id],
        decode)
    case .page(let afterStep, let limit):
      if afterStep == .max { return [] }
      return try all(
        """
        SELECT step, value, time FROM metric_points WHERE series_id = ? AND step >= ?
        ORDER BY step LIMIT ?
        """, [id, afterStep.map { $0 + 1 } ?? .min, limit], decode)
    case .thinned(let limit):
      let limit = max(limit, 4)
      let few = try all(
        "SELECT step, value, time FROM metric_points WHERE series_id = ? ORDER BY step LIMIT ?",
        [id, limit + 1], decode)
      if few.count <= limit { return few }
      return try thinned(id, limit, decode)
    }
  }

  /// The first and the last point, and the least and the greatest of stretches of equal length.
  ///
  /// The points pass by one after the other; a stretch holds two of them at most.
  private func thinned(
    _ id: Int64, _ limit: Int, _ decode: (inout ColumnReader) throws -> MetricPoint
  ) throws -> [MetricPoint] {
    let ends = try first(
      "SELECT min(step), max(step) FROM metric_points WHERE series_id = ?", [id]
    ) { (first: try $0.next(Int.self), last: try $0.next(Int.self)) }
    guard let ends else { return [] }
    let stretchCount = (limit - 2) / 2
    let length = (Double(ends.last) - Double(ends.first)) / Double(stretchCount)
    let rows = try Row.fetchCursor(
      cachedStatement(
        sql: "SELECT step, value, time FROM metric_points WHERE series_id = ? ORDER BY step"),
      arguments: [id])
    var thinning = MetricThinning()
    while let row = try rows.next() {
      var columns = ColumnReader(row)
      let point = try decode(&columns)
      let share = (Double(point.step) - Double(ends.first)) / length
      thinning.take(point, stretch: min(Int(share), stretchCount - 1))
    }
    return thinning.finished()
  }
}

/// Keeps of each stretch of a history its least and its greatest point, and the very first and last.
struct MetricThinning {
  private var kept: [MetricPoint] = []
  private var stretch = -1
  private var least: MetricPoint?
  private var greatest: MetricPoint?
  /// A point without a number, for a stretch that has none: a gap shows there.
  private var gap: MetricPoint?
  private var first: MetricPoint?
  private var last: MetricPoint?

  /// Takes the next point, in the order of steps.
  mutating func take(_ point: MetricPoint, stretch number: Int) {
    if number != stretch {
      closeStretch()
      stretch = number
    }
    if first == nil { first = point }
    last = point
    guard !point.value.isNaN else {
      if gap == nil { gap = point }
      return
    }
    if least.map({ point.value < $0.value }) ?? true { least = point }
    if greatest.map({ point.value > $0.value }) ?? true { greatest = point }
  }

  /// The points that were kept, each once, in the order of their steps.
  mutating func finished() -> [MetricPoint] {
    closeStretch()
    var points: [MetricPoint] = []
    for point in ([first].compactMap { $0 } + kept + [last].compactMap { $0 })
    where points.last.map({ $0.step < point.step }) ?? true {
      points.append(point)
    }
    return points
  }

  private mutating func closeStretch() {
    let extremes = [least, greatest].compactMap { $0 }.sorted { $0.step < $1.step }
    kept += extremes.isEmpty ? [gap].compactMap { $0 } : extremes
    (least, greatest, gap) = (nil, nil, nil)
  }
}
