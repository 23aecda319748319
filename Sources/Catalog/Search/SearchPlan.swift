import GRDB

/// How a condition is answered.
///
/// An index answers a predicate that few rows fulfil, wherever they are; one that many rows fulfil
/// is soon found to hold when rows are walked in the order of the answer. Which of the two it is tells
/// a count that stops early, so that the cost grows with the answer and not with the registry.
struct SearchPlan {
  /// Whether the condition holds of the row `item`.
  let test: SQL
  /// The rows of which the condition can hold, when these are few.
  let rows: SQL?
  /// How many these are at most.
  let rowCount: Int
  /// Conditions on the column that rows are ordered by.
  let bounds: [SQL]

  /// The plan for a condition.
  init(_ expression: SearchExpression, _ compiler: SearchCompiler) throws {
    switch expression {
    case .predicate(let predicate):
      let clause = try compiler.clause(predicate)
      let count = try clause.rows.map { try compiler.database.count($0, upTo: compiler.manyRows) }
      if let rows = clause.rows, let count, count < compiler.manyRows {
        (test, self.rows, rowCount) = ("item.id IN (\(rows))", rows, count)
      } else {
        (test, rows, rowCount) = (clause.test, nil, .max)
      }
      bounds = clause.bound.map { [$0] } ?? []
    case .not(let inner):
      let plan = try SearchPlan(inner, compiler)
      (test, rows, rowCount, bounds) = ("NOT (\(plan.test))", nil, .max, [])
    case .all(let parts):
      let plans = try parts.map { try SearchPlan($0, compiler) }
      test = "(\(plans.map(\.test).joined(separator: " AND ")))"
      let fewest = plans.min { $0.rowCount < $1.rowCount }
      (rows, rowCount) = (fewest?.rows, fewest?.rowCount ?? .max)
      bounds = plans.flatMap(\.bounds)
    case .any(let parts):
      let plans = try parts.map { try SearchPlan($0, compiler) }
      test = "(\(plans.map(\.test).joined(separator: " OR ")))"
      let total = plans.reduce(0) { $0.addingReportingOverflow($1.rowCount).partialValue }
      let isFew = plans.allSatisfy { $0.rows != nil } && total < compiler.manyRows
      rows =
        isFew
        ? plans.compactMap(\.rows).map { "SELECT * FROM (\($0))" }.joined(separator: " UNION ALL ")
        : nil
      rowCount = isFew ? total : .max
      bounds = []
    }
  }
}

extension Database {
  /// How many rows a query has, at most that many.
  fileprivate func count(_ rows: SQL, upTo limit: Int) throws -> Int {
    try SQLRequest<Int>(literal: "SELECT count(*) FROM (SELECT 1 FROM (\(rows)) LIMIT \(limit))")
      .fetchOne(self) ?? 0
  }
}
