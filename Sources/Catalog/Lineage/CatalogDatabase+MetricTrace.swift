import GRDB

/// A run that produced a number.
package struct MetricOrigin: Hashable, Sendable {
  /// The row of the run.
  package let run: Int64
  /// The value of the run's metric.
  package let value: Double
  /// Whether it is the last value, the least or the greatest.
  package let statistic: Statistic

  /// Which value of a history it is.
  package enum Statistic: String, Sendable, CaseIterable {
    case last
    case least
    case greatest

    fileprivate var column: String {
      switch self {
      case .last: "last_value"
      case .least: "least_value"
      case .greatest: "greatest_value"
      }
    }
  }
}

extension CatalogDatabase {
  /// The runs of which a metric was, at its end, its least or its greatest, in a range; the nearest
  /// to the middle first, and of equal ones the oldest.
  ///
  /// - Complexity: O(*n* log *n*) in the values in the range.
  package func origins(
    ofMetric key: String, in range: ClosedRange<Double>, limit: Int
  ) throws -> [MetricOrigin] {
    try read { database in
      var found: [MetricOrigin] = []
      var seen: Set<Int64> = []
      for statistic in MetricOrigin.Statistic.allCases {
        let rows = try database.all(
          """
          SELECT run_id, \(statistic.column) FROM metric_series
          WHERE key_id = (SELECT id FROM metric_keys WHERE name = ?)
            AND \(statistic.column) BETWEEN ? AND ?
          """, [key, range.lowerBound, range.upperBound]
        ) {
          MetricOrigin(run: try $0.next(), value: try $0.next(), statistic: statistic)
        }
        for row in rows where seen.insert(row.run).inserted { found.append(row) }
      }
      let middle = range.lowerBound / 2 + range.upperBound / 2
      return Array(
        found.sorted {
          (abs($0.value - middle), $0.run) < (abs($1.value - middle), $1.run)
        }.prefix(limit))
    }
  }
}
