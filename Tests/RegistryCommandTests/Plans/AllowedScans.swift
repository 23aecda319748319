import Foundation
import TestSupport

/// What may read a table from end to end, each with the reason.
///
/// Everything else must find its rows through an index: what a command takes depends on its answer,
/// not on the size of the registry.
enum AllowedScans {
  /// Commands whose answer is about all rows of some tables; all tables where none is named.
  private static let commands: [String: (tables: Set<String>?, reason: String)] = [
    "verify": (nil, "checks every record and every object"),
    "gc": (nil, "looks for what nothing needs"),
    "backup": (["checkpoints", "images", "packs"], "copies every object"),
    "datasets": (["dataset_versions"], "without a name, lists the versions of all datasets"),
    "recall": (["recalls"], "without a name, shows the history of all recalls"),
    "restore": (["gone"], "lists what is deleted"),
    "storage": (["storage_totals"], "a row for each kind of object"),
  ]

  /// What a statement has in it, the tables that it reads, and why it may.
  private static let statements: [(part: String, tables: Set<String>, reason: String)] = [
    ("SELECT identifier FROM grdb_migrations", ["grdb_migrations"], "a row for each migration"),
    (
      "SELECT id FROM models WHERE name GLOB", ["models"],
      "names that fit a pattern are looked for among all names"
    ),
    (
      "FROM runs AS item WHERE item.model GLOB", ["item"],
      "names that fit a pattern are looked for among the names of all runs"
    ),
    (
      "ORDER BY (SELECT series.", ["item"],
      "the order of all runs or versions by a metric is what was asked for"
    ),
    (
      "ORDER BY item.created_at IS NULL", ["item"],
      "the order of all versions is what was asked for"
    ),
  ]

  /// The text of all migrations, which may read every row, once.
  private static let migrations: String = {
    let folder = Places.repository.appending(path: "migrations")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let texts = names.filter { $0.hasSuffix(".sql") }.compactMap {
      try? String(contentsOf: folder.appending(path: $0), encoding: .utf8)
    }
    return texts.map(inOneLine).joined(separator: " ")
  }()

  /// A statement without comments, in one line.
  static func inOneLine(_ statement: String) -> String {
    statement.replacing(#/--[^\n]*/#, with: "").split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
  }

  /// Whether a statement, in one line, may read a table as a whole.
  static func allow(_ table: String, in line: String, by arguments: [String]) -> Bool {
    if let rule = arguments.first.flatMap({ commands[$0] }) {
      guard let tables = rule.tables else { return true }
      if tables.contains(table) { return true }
    }
    return statements.contains { line.contains($0.part) && $0.tables.contains(table) }
      || migrations.contains(line)
  }
}
