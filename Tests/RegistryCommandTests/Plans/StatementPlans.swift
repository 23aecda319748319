import Foundation
import TestSupport
import Testing

/// How SQLite finds the rows of the statements that the built binary prepares.
///
/// Every command that a test runs is watched, so a query that reads a whole table is found as soon
/// as any story runs it, and needs a line with a reason in `AllowedScans`.
struct StatementPlans {
  /// A statement and the lines of its `EXPLAIN QUERY PLAN`.
  struct Entry {
    let statement: String
    let plan: [String]

    /// The tables that are read from end to end.
    ///
    /// What a query names itself is not among them: rows of a common table expression are in
    /// memory, and as many as what it was made from.
    var scannedTables: [String] {
      let named = Set(
        statement.matches(of: #/(\w+)\s*(?:\([^()]*\))?\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(/#)
          .map { String($0.output.1) })
      let renamed = statement.matches(of: #/(?:FROM|JOIN)\s+(\w+)\s+AS\s+(\w+)/#)
        .filter { named.contains(String($0.output.1)) }.map { String($0.output.2) }
      let subqueries = statement.matches(of: #/\)\s+AS\s+(\w+)/#).map { String($0.output.1) }
      // The schema, sqlite_master, has a fixed size.
      let inMemory = named.union(renamed).union(subqueries)
        .union(["CONSTANT"])
      return plan.filter { $0.hasPrefix("SCAN ") && !$0.contains("VIRTUAL TABLE") }
        .map { String($0.split(separator: " ")[1]) }
        .filter {
          !inMemory.contains($0) && !$0.hasPrefix("(") && Int($0) == nil
            && !$0.hasSuffix("_master")
        }
    }

    /// Whether the statement ends with a limit and gives rows in the order in which it meets them, so
    /// that it stops as soon as a page is full.
    var isPage: Bool {
      line.contains(#/LIMIT \S+( OFFSET \S+)?\)?$/#)
        && !plan.contains { $0.hasPrefix("USE TEMP B-TREE") }
    }

    /// The statement in one line.
    var line: String { AllowedScans.inOneLine(statement) }
  }

  let entries: [Entry]

  /// Reads what `Tests/Interposition/statements.c` wrote.
  init(file: URL) throws {
    guard let data = FileManager.default.contents(atPath: file.path) else {
      entries = []
      return
    }
    entries = data.split(separator: 30).map { record in
      let parts = record.split(separator: 31).map { String(decoding: $0, as: UTF8.self) }
      return Entry(statement: parts.first ?? "", plan: Array(parts.dropFirst()))
    }
  }

  /// Records an issue for each statement that reads a table that it may not read as a whole.
  func check(_ arguments: [String]) {
    for entry in entries where !entry.isPage {
      let forbidden = Set(entry.scannedTables)
        .filter { !AllowedScans.allow($0, in: entry.line, by: arguments) }
      guard !forbidden.isEmpty else { continue }
      Issue.record(
        """
        `registry \(arguments.joined(separator: " "))` reads every row of \
        \(forbidden.sorted().joined(separator: ", ")):
        \(entry.line)
        \(entry.plan.joined(separator: "\n"))
        Give it an index, or a line with the reason in AllowedScans.
        """)
    }
  }
}

struct StatementPlansTests {
  @Test(.enabled(if: Interposition.statements != nil, "There is no C compiler."))
  func `the statements of a command are seen`() throws {
    try withTemporaryFolder { folder in
      let registry = RegistryProcess(folder: folder)
      try registry.succeed("init")
      let file = folder.appending(path: "statements")
      var watched = registry
      watched.environment = [
        "LD_PRELOAD": Interposition.statements?.path ?? "", "STATEMENTS": file.path,
      ]
      _ = try watched.run(["models", "none"])
      let entries = try StatementPlans(file: file).entries
      #expect(entries.contains { $0.line.hasPrefix("SELECT name FROM models") })
      #expect(entries.allSatisfy { !$0.plan.isEmpty || $0.line.hasPrefix("INSERT") })
    }
  }

  @Test func `a scan of a table is told from one of rows in memory`() {
    let entry = StatementPlans.Entry(
      statement: """
        WITH RECURSIVE bases (id) AS (SELECT 1), other AS MATERIALIZED (SELECT 2)
        SELECT * FROM bases JOIN other AS short JOIN model_versions AS own
        """,
      plan: [
        "SCAN bases", "SCAN short", "SCAN own", "SCAN CONSTANT ROW", "SEARCH runs USING INDEX i",
        "SCAN files USING COVERING INDEX j", "SCAN json_each VIRTUAL TABLE INDEX 1:",
      ])
    #expect(entry.scannedTables == ["own", "files"])
    #expect(!entry.isPage)
  }

  @Test func `a page in the order of an index is told from one that is sorted`() {
    let statement = "SELECT id FROM runs ORDER BY started_at DESC LIMIT ? OFFSET ?"
    let scan = "SCAN runs USING COVERING INDEX runs_by_start"
    #expect(StatementPlans.Entry(statement: statement, plan: [scan]).isPage)
    #expect(
      !StatementPlans.Entry(statement: statement, plan: [scan, "USE TEMP B-TREE FOR ORDER BY"])
        .isPage)
  }
}
