private import FoundationEssentials
import GRDB

/// A predicate in SQL, in the two forms between which the plan chooses.
struct SearchClause {
  /// Whether it holds of the row `item`: true or false, never null.
  let test: SQL
  /// A query for the numbers of the rows that it holds of, none of them null, which an index
  /// answers; `nil` when none does.
  var rows: SQL?
  /// A condition on the column that rows are ordered by, which a walk in that order can use.
  var bound: SQL?

  init(test: SQL, rows: SQL? = nil, bound: SQL? = nil) {
    self.test = test
    self.rows = rows
    self.bound = bound
  }
}

/// Turns predicates into SQL.
struct SearchCompiler {
  let database: Database
  let subject: SearchSubject
  /// The runs that are noted as running and whose processes are gone.
  let lostRuns: [Int64]
  /// From how many rows on a predicate counts as one that many rows fulfil.
  let manyRows: Int

  /// - Throws: `unknown_model` and the like for versions that a predicate names.
  func clause(_ predicate: SearchPredicate) throws -> SearchClause {
    switch predicate.field {
    case .column(let column): try clause(column, predicate.test)
    case .parameter(let name): parameter(name, predicate.test)
    case .metric(let key, let statistic): metric(key, statistic, predicate.test)
    case .tag(let key): tag(key, predicate.test)
    }
  }

  // MARK: Columns

  private func clause(_ column: SearchColumn, _ test: SearchTest) throws -> SearchClause {
    switch column.kind {
    case .word(let value, _) where column.name == "state": return state(value, test)
    case .text(let value), .word(let value, _):
      return scalar(column, SearchCondition.text(value, test))
    case .number(let value):
      return scalar(column, SearchCondition.number(value, test))
    case .time(let value):
      let condition = SearchCondition.number(value, test)
      var clause = scalar(column, condition)
      if value == "item.\(subject.timeColumn)", case .compare = test { clause.bound = condition }
      return clause
    case .name(let table, let key):
      let named: SQL =
        "SELECT id FROM \(sql: table) WHERE \(SearchCondition.text("name", test))"
      return SearchClause(
        test: "+\(sql: key) IN (\(named))",
        rows: "SELECT item.id FROM \(table: subject) WHERE \(sql: key) IN (\(named))")
    case .run(let key):
      return run(key, test)
    case .texts(let value, let rows, let owner):
      if case .missing = test {
        return SearchClause(
          test: "NOT EXISTS (SELECT 1 FROM \(sql: rows) WHERE \(sql: owner))")
      }
      return SearchClause(
        test: """
          EXISTS (SELECT 1 FROM \(sql: rows) WHERE \(sql: owner)
            AND \(SearchCondition.text(value, test)))
          """)
    case .modelVersion(let link):
      return linked(link, try versions(.models, test))
    case .datasetVersion(let link):
      return linked(link, try versions(.datasets, test))
    case .flag(let holds, let rows):
      return SearchClause(test: "\(sql: holds)", rows: "\(sql: rows)")
    case .lineage:
      guard case .relative(let relation, let reference) = test else {
        preconditionFailure("a lineage is asked for relatives only")
      }
      return try relatives(relation, reference)
    }
  }

  private func scalar(_ column: SearchColumn, _ condition: SQL) -> SearchClause {
    SearchClause(
      test: "(\(condition)) IS TRUE",
      rows: column.isIndexed
        ? "SELECT item.id FROM \(table: subject) WHERE \(condition)" : nil)
  }

  /// The state of a run as it is shown: one whose process is gone was interrupted.
  private func state(_ value: String, _ test: SearchTest) -> SearchClause {
    let stored = SearchCondition.text(value, test)
    let shown = SearchCondition.text("'\(RunState.interrupted.rawValue)'", test)
    return SearchClause(
      test: "(CASE WHEN item.id IN \(lostRuns) THEN \(shown) ELSE \(stored) END) IS TRUE",
      rows: """
        SELECT item.id FROM runs AS item WHERE \(stored) AND item.id NOT IN \(lostRuns)
        UNION ALL SELECT item.id FROM runs AS item WHERE item.id IN \(lostRuns) AND \(shown)
        """)
  }

  private func run(_ key: String, _ test: SearchTest) -> SearchClause {
    let prefixes: [String]
    switch test {
    case .compare(_, .text(let prefix)): prefixes = [prefix]
    case .among(let values):
      prefixes = values.compactMap { if case .text(let text) = $0 { text } else { nil } }
    default: return SearchClause(test: "\(sql: key) IS NULL")
    }
    let ranges = prefixes.compactMap(RunIdentifier.range(ofPrefix:)).map { range -> SQL in
      "identifier BETWEEN \(Data(range.first)) AND \(Data(range.last))"
    }
    let runs: SQL = "SELECT id FROM runs WHERE \(ranges.joined(separator: " OR "))"
    return SearchClause(
      test: "(+\(sql: key) IN (\(runs))) IS TRUE",
      rows: "SELECT item.id FROM \(table: subject) WHERE \(sql: key) IN (\(runs))")
  }

  // MARK: Versions

  /// The versions that a test allows, as a query for their numbers; `nil` for the test whether there
  /// is any.
  private func versions(_ kind: SearchSubject, _ test: SearchTest) throws -> SQL? {
    let (names, key) = kind == .models ? ("models", "model_id") : ("datasets", "dataset_id")
    func all(_ condition: SQL) -> SQL {
      """
      SELECT id FROM \(sql: kind.table) WHERE \(sql: key) IN (
        SELECT id FROM \(sql: names) WHERE \(condition))
      """
    }
    func one(_ value: SearchValue) throws -> SQL {
      guard case .reference(let reference) = value else {
        preconditionFailure("a version is compared with references only")
      }
      // Without a version, any of the name is meant: a condition is on all of them.
      if reference.selector == .newest { return all("name = \(reference.name)") }
      let id =
        kind == .models
        ? try database.existingModelVersionID(reference)
        : try database.requiredDatasetVersion(reference).id
      return "SELECT \(id)"
    }
    switch test {
    case .compare(_, let value): return try one(value)
    case .among(let values): return try values.map(one).joined(separator: " UNION ALL ")
    case .like: return all(SearchCondition.text("name", test))
    case .missing: return nil
    case .relative, .holds: preconditionFailure("a version is no relation")
    }
  }

  private func linked(_ link: SearchColumn.Link, _ versions: SQL?) -> SearchClause {
    guard let versions else {
      return SearchClause(
        test: """
          NOT EXISTS (SELECT 1 FROM \(sql: link.table) AS linked
            WHERE linked.\(sql: link.owner) = item.id AND linked.\(sql: link.target) IS NOT NULL)
          """)
    }
    return SearchClause(
      test: """
        EXISTS (SELECT 1 FROM \(sql: link.table) AS linked
          WHERE linked.\(sql: link.owner) = item.id AND +linked.\(sql: link.target) IN (\(versions)))
        """,
      rows: """
        SELECT linked.\(sql: link.owner) FROM \(sql: link.table) AS linked
        WHERE linked.\(sql: link.target) IN (\(versions)) AND linked.\(sql: link.owner) IS NOT NULL
        """)
  }

  /// The relatives of a version; of runs, those that began from it or a descendant, or that made it
  /// or an ancestor.
  private func relatives(
    _ relation: LineageRelation, _ reference: Reference
  ) throws -> SearchClause {
    let id = try database.existingModelVersionID(reference)
    switch relation {
    case .ancestor:
      let above: SQL = """
        WITH RECURSIVE above (id) AS (
          SELECT \(id) UNION ALL
          SELECT own.base_id FROM above CROSS JOIN model_versions AS own ON own.id = above.id
          WHERE own.base_id IS NOT NULL)
        """
      let rows: SQL =
        subject == .models
        ? "\(above) SELECT id FROM above WHERE id <> \(id)"
        : """
        \(above) SELECT own.run_id FROM above CROSS JOIN model_versions AS own ON own.id = above.id
        WHERE own.run_id IS NOT NULL
        """
      // Uncorrelated: computed once, in as many steps as there are ancestors.
      return SearchClause(test: "item.id IN (\(rows))", rows: rows)
    case .descendant:
      let below: SQL = """
        WITH RECURSIVE below (id) AS (
          SELECT \(id) UNION ALL
          SELECT own.id FROM below CROSS JOIN model_versions AS own ON own.base_id = below.id)
        """
      let rows: SQL =
        subject == .models
        ? "\(below) SELECT id FROM below WHERE id <> \(id)"
        : "\(below) SELECT runs.id FROM below CROSS JOIN runs ON runs.base_id = below.id"
      // A base is older than its children, so a walk up from an item may end below the version.
      return SearchClause(
        test: """
          EXISTS (
            WITH RECURSIVE above (id) AS (
              SELECT item.base_id UNION ALL
              SELECT own.base_id FROM above CROSS JOIN model_versions AS own ON own.id = above.id
              WHERE own.base_id >= \(id))
            SELECT 1 FROM above WHERE id = \(id))
          """, rows: rows)
    }
  }

  // MARK: Parameters, metrics, tags

  private func parameter(_ name: String, _ test: SearchTest) -> SearchClause {
    guard let run = subject.runColumn else { preconditionFailure("datasets have no parameters") }
    let key: SQL = "(SELECT id FROM parameter_names WHERE name = \(name))"
    if case .missing = test {
      return SearchClause(
        test: """
          NOT EXISTS (SELECT 1 FROM run_parameters WHERE run_id = \(sql: run) AND name_id = \(key))
          """)
    }
    let condition = SearchCondition.text("value", number: "number", test)
    return SearchClause(
      test: """
        EXISTS (SELECT 1 FROM run_parameters WHERE run_id = \(sql: run) AND +name_id = \(key)
          AND (\(condition)) IS TRUE)
        """,
      rows: items(
        ofRuns: "SELECT run_id FROM run_parameters WHERE name_id = \(key) AND \(condition)"))
  }

  /// What a model's metric is: the one of the weights that its run kept, else the last.
  private func metric(
    _ name: String, _ statistic: MetricStatistic, _ test: SearchTest
  ) -> SearchClause {
    guard let run = subject.runColumn else { preconditionFailure("datasets have no metrics") }
    let key: SQL = "(SELECT id FROM metric_keys WHERE name = \(name))"
    let own: SQL = "series.run_id = \(sql: run) AND +series.key_id = \(key)"
    let kept: SQL = """
      (SELECT id FROM metric_keys WHERE name = \(MetricPoint.keptPrefix + name))
      """
    let isKept = subject == .models && statistic == .last
    let hasKept: SQL = """
      EXISTS (SELECT 1 FROM metric_series AS kept
        WHERE kept.run_id = series.run_id AND kept.key_id = \(kept))
      """
    if case .missing = test {
      let isThere: SQL = "EXISTS (SELECT 1 FROM metric_series AS series WHERE \(own))"
      guard isKept else { return SearchClause(test: "NOT \(isThere)") }
      return SearchClause(
        test: """
          NOT (\(isThere) OR EXISTS (SELECT 1 FROM metric_series AS kept
            WHERE kept.run_id = \(sql: run) AND kept.key_id = \(kept)))
          """)
    }
    if case .step(let step) = statistic {
      let rest: SQL = """
        CROSS JOIN metric_points AS point ON point.series_id = series.id AND point.step = \(step)
        """
      let condition = SearchCondition.metric("point.value", test)
      return SearchClause(
        test: """
          EXISTS (SELECT 1 FROM metric_series AS series \(rest)
            WHERE \(own) AND (\(condition)) IS TRUE)
          """,
        rows: items(
          ofRuns: """
            SELECT series.run_id FROM metric_series AS series \(rest)
            WHERE series.key_id = \(key) AND \(reach(of: test)) AND \(condition)
            """))
    }
    let condition = SearchCondition.metric("series.\(statistic.column)", test)
    let rows: SQL = """
      SELECT series.run_id FROM metric_series AS series
      WHERE series.key_id = \(key) AND \(condition)
      """
    let test: SQL = """
      EXISTS (SELECT 1 FROM metric_series AS series WHERE \(own) AND (\(condition)) IS TRUE)
      """
    guard isKept else { return SearchClause(test: test, rows: items(ofRuns: rows)) }
    let keptRows: SQL = """
      SELECT series.run_id FROM metric_series AS series
      WHERE series.key_id = \(kept) AND \(condition)
      """
    return SearchClause(
      test: """
        EXISTS (SELECT 1 FROM metric_series AS series
          WHERE series.run_id = \(sql: run)
            AND (+series.key_id = \(kept) OR +series.key_id = \(key) AND NOT \(hasKept))
            AND (\(condition)) IS TRUE)
        """,
      rows: items(ofRuns: "\(keptRows) UNION ALL \(rows) AND NOT \(hasKept)"))
  }

  /// What the extremes of a series must be for one of its points to pass a test.
  private func reach(of test: SearchTest) -> SQL {
    guard case .compare(let comparison, .number(let number)) = test, !number.isNaN else {
      return "TRUE"
    }
    return switch comparison {
    case .equal: "series.least_value <= \(number) AND series.greatest_value >= \(number)"
    case .less, .lessOrEqual: "series.least_value \(sql: comparison.rawValue) \(number)"
    case .greater, .greaterOrEqual: "series.greatest_value \(sql: comparison.rawValue) \(number)"
    case .notEqual: "TRUE"
    }
  }

  private func tag(_ key: String, _ test: SearchTest) -> SearchClause {
    let (rows, owner): (SQL, SQL) =
      switch subject {
      case .runs: ("tags WHERE subject_kind = 'run'", "subject_id")
      case .models: ("model_version_tags WHERE TRUE", "version_id")
      case .datasets: ("dataset_version_tags WHERE TRUE", "version_id")
      }
    if case .missing = test {
      return SearchClause(
        test: "NOT EXISTS (SELECT 1 FROM \(rows) AND \(owner) = item.id AND key = \(key))")
    }
    let condition = SearchCondition.text(
      "value", number: SearchCondition.number(ofText: "value"), test)
    return SearchClause(
      test: """
        EXISTS (SELECT 1 FROM \(rows) AND \(owner) = item.id AND key = \(key)
          AND (\(condition)) IS TRUE)
        """,
      rows: "SELECT \(owner) FROM \(rows) AND key = \(key) AND \(condition)")
  }

  /// The items that runs belong to.
  private func items(ofRuns runs: SQL) -> SQL {
    subject == .runs
      ? runs : "SELECT own.id FROM model_versions AS own WHERE own.run_id IN (\(runs))"
  }
}

extension MetricStatistic {
  /// Whether each series has one value of it, which an index has too.
  var isOfSeries: Bool { if case .step = self { false } else { true } }

  /// The column of a series that has the value.
  var column: String {
    switch self {
    case .last, .step: "last_value"
    case .least: "least_value"
    case .greatest: "greatest_value"
    }
  }
}

extension SQLInterpolation {
  /// The table of a subject under the name `item`.
  mutating func appendInterpolation(table subject: SearchSubject) {
    appendInterpolation(sql: "\(subject.table) AS item")
  }
}
