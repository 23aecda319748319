package import Diagnostics
import GRDB

/// Which items of a list are wanted, and in which order.
package struct SearchRequest: Sendable {
  package let subject: SearchSubject
  /// Only versions of this model or dataset.
  package var name: String?
  /// The row of the last item of the page before.
  package var after: Int64?
  package var offset = 0
  /// The most items.
  package var limit: Int
  /// The runs that are noted as running and whose processes are gone.
  package var lostRuns: [Int64] = []
  /// From how many rows on a predicate counts as one that many rows fulfil: to look at as many by
  /// their numbers takes a few milliseconds, and of a hundred thousand, one in twenty-five fulfils it.
  var manyRows = 4096
  let condition: SearchExpression?
  let order: [SearchOrder]

  /// A request for the first page of what a condition, the text after `--where`, allows, in an
  /// order, the text after `--sort`; without it, the newest come first.
  ///
  /// - Throws: `malformed_search`, `malformed_reference`.
  package init(
    _ subject: SearchSubject, where condition: String? = nil, sort order: String? = nil,
    limit: Int
  ) throws(RegistryError) {
    self.subject = subject
    self.limit = limit
    if let condition {
      self.condition = try SearchParser.expression(condition, subject)
    } else {
      self.condition = nil
    }
    if let order { self.order = try SearchOrder.keys(order, subject) } else { self.order = [] }
  }

  /// Whether the condition asks for the state of runs.
  package var asksForState: Bool { condition?.asksForState ?? false }
}

/// The rows of a page, and whether others follow.
package struct SearchPage: Sendable {
  package let ids: [Int64]
  package let hasMore: Bool
}

extension CatalogDatabase {
  /// A page of the items that fulfil a condition.
  ///
  /// - Throws: `unknown_model` and the like for versions that the condition names.
  /// - Complexity: O(page) for conditions that few items fulfil or many of the newest, and for runs by
  ///   one metric that enough of them have; else O(items). Any other order than by time costs
  ///   O(*n* log *n*) in the items that fulfil the condition.
  package func search(_ request: SearchRequest) throws -> SearchPage {
    try read { try $0.search(request) }
  }
}

extension Database {
  func search(_ request: SearchRequest) throws -> SearchPage {
    let compiler = SearchCompiler(
      database: self, subject: request.subject, lostRuns: request.lostRuns,
      manyRows: request.manyRows)
    let limit = min(request.limit, .max - 1)
    func ids(_ query: SQL) throws -> [Int64] {
      try SQLRequest<Int64>(literal: "\(query) LIMIT \(limit + 1) OFFSET \(request.offset)")
        .fetchAll(self)
    }
    let query = try self.query(request, compiler)
    // Rows without a value come last: if the page ends before them, it is the same.
    if let walk = query.walk {
      let found = try ids(walk)
      if found.count > limit { return SearchPage(ids: Array(found.prefix(limit)), hasMore: true) }
    }
    let found = try ids(query.all)
    return SearchPage(ids: Array(found.prefix(limit)), hasMore: found.count > limit)
  }

  /// The rows that fulfil a request, in their order.
  private struct Query {
    let all: SQL
    /// Those of them that have a value to sort by, found in the order of an index; `nil` if no index
    /// has it.
    var walk: SQL?
  }

  private func query(_ request: SearchRequest, _ compiler: SearchCompiler) throws -> Query {
    let subject = request.subject
    let plan = try request.condition.map { try SearchPlan($0, compiler) }
    var conditions: [SQL] = [subject.isListed]
    // A plus keeps SQLite from walking rows in their order where an index finds the few.
    let isWalked = plan?.rows == nil && request.order.isEmpty
    let time = "\(isWalked ? "" : "+")item.\(subject.timeColumn)"
    let newestFirst: SQL
    if let name = request.name, let (names, key) = subject.owner {
      conditions.append(
        "item.\(sql: key) = (SELECT id FROM \(sql: names) WHERE name = \(name))")
      newestFirst = "item.version DESC"
    } else {
      newestFirst = "\(sql: time) DESC, item.id DESC"
    }
    if let plan {
      if let rows = plan.rows { conditions.append("item.id IN (\(rows))") }
      conditions += plan.bounds
      conditions.append(plan.test)
    }
    if let after = request.after {
      conditions.append(
        request.name != nil
          ? "item.version < (SELECT version FROM \(sql: subject.table) WHERE id = \(after))"
          : """
          (\(sql: time), item.id) < (
            SELECT \(sql: subject.timeColumn), id FROM \(sql: subject.table) WHERE id = \(after))
          """)
    }
    let keys = request.order.map { key -> SQL in
      let value = compiler.sortValue(of: key.field)
      return "\(value) IS NULL, \(value) \(sql: key.isDescending ? "DESC" : "ASC")"
    }
    let condition = conditions.joined(separator: " AND ")
    var query = Query(
      all: """
        SELECT item.id FROM \(table: subject)
        WHERE \(condition)
        ORDER BY \((keys + [newestFirst]).joined(separator: ", "))
        """)
    if plan?.rows == nil, let key = request.order.first, request.order.count == 1,
      subject == .runs, case .metric(let name, let statistic) = key.field, statistic.isOfSeries
    {
      let value = "sorted.\(statistic.column)"
      query.walk = """
        SELECT item.id FROM metric_series AS sorted
        CROSS JOIN \(table: subject) ON item.id = sorted.run_id
        WHERE sorted.key_id = (SELECT id FROM metric_keys WHERE name = \(name))
          AND \(sql: value) IS NOT NULL AND \(condition)
        ORDER BY \(sql: value) \(sql: key.isDescending ? "DESC" : "ASC"), \(newestFirst)
        """
    }
    return query
  }
}

extension SearchCompiler {
  /// The value of a field in the row `item`, by which it is sorted; null when there is none.
  fileprivate func sortValue(of field: SearchField) -> SQL {
    switch field {
    case .parameter(let name):
      // Numbers come before texts, in SQLite's order of types.
      return """
        (SELECT coalesce(number, value) FROM run_parameters
          WHERE run_id = \(sql: subject.runColumn ?? "NULL")
            AND name_id = (SELECT id FROM parameter_names WHERE name = \(name)))
        """
    case .metric(let name, let statistic):
      let run = subject.runColumn ?? "NULL"
      func value(_ key: String) -> SQL {
        if case .step(let step) = statistic {
          return """
            (SELECT point.value FROM metric_series AS series
              CROSS JOIN metric_points AS point
                ON point.series_id = series.id AND point.step = \(step)
              WHERE series.run_id = \(sql: run)
                AND series.key_id = (SELECT id FROM metric_keys WHERE name = \(key)))
            """
        }
        return """
          (SELECT series.\(sql: statistic.column) FROM metric_series AS series
            WHERE series.run_id = \(sql: run)
              AND series.key_id = (SELECT id FROM metric_keys WHERE name = \(key)))
          """
      }
      return subject == .models && statistic == .last
        ? "coalesce(\(value(MetricPoint.keptPrefix + name)), \(value(name)))" : value(name)
    case .tag(let key):
      let rows: SQL =
        switch subject {
        case .runs: "tags WHERE subject_kind = 'run' AND subject_id = item.id"
        case .models: "model_version_tags WHERE version_id = item.id"
        case .datasets: "dataset_version_tags WHERE version_id = item.id"
        }
      let number = SearchCondition.number(ofText: "value")
      return "(SELECT coalesce(\(sql: number), value) FROM \(rows) AND key = \(key))"
    case .column(let column):
      switch column.kind {
      case .text(let value), .word(let value, _), .number(let value), .time(let value):
        return "\(sql: value)"
      case .name(let table, let key):
        return "(SELECT name FROM \(sql: table) WHERE id = \(sql: key))"
      case .run, .texts, .modelVersion, .datasetVersion, .flag, .lineage:
        preconditionFailure("nothing to sort by")
      }
    }
  }
}

extension SearchSubject {
  /// The table of names whose versions are listed, and the column that refers to it.
  var owner: (names: String, key: String)? {
    switch self {
    case .runs: nil
    case .models: ("models", "model_id")
    case .datasets: ("datasets", "dataset_id")
    }
  }

  /// Whether the row `item` belongs into lists: what was deleted does not.
  var isListed: SQL {
    switch self {
    case .runs: "NOT EXISTS (SELECT 1 FROM deleted_runs WHERE run_id = item.id)"
    case .models:
      "NOT EXISTS (SELECT 1 FROM deleted_model_versions WHERE version_id = item.id)"
    case .datasets:
      "NOT EXISTS (SELECT 1 FROM deleted_dataset_versions WHERE version_id = item.id)"
    }
  }
}

extension SearchExpression {
  fileprivate var asksForState: Bool {
    switch self {
    case .all(let parts), .any(let parts): parts.contains(where: \.asksForState)
    case .not(let inner): inner.asksForState
    case .predicate(let predicate):
      if case .column(let column) = predicate.field { column.name == "state" } else { false }
    }
  }
}
