import Foundation
import GRDB
import TestSupport
import Testing

@testable import Catalog

struct ForeignKeyTests {
  /// SQLite looks for rows that refer to a deleted one, and no query plan shows it: without an index
  /// each deletion would read a whole table.
  @Test func `what refers to rows that are deleted is found through an index`() throws {
    let parents = try tablesWithDeletions()
    #expect(parents.contains("checkpoints"))
    try withTemporaryFolder { folder in
      let catalog = try CatalogDatabase.create(at: folder.appending(path: "registry.sqlite").path)
      try catalog.read { database in
        let tables = try String.fetchAll(
          database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
        for table in tables {
          let keys = try Row.fetchAll(
            database,
            sql: """
              SELECT "table" AS parent, "from" AS child FROM pragma_foreign_key_list(?)
              WHERE seq = 0
              """, arguments: [table])
          for key in keys {
            let (parent, column) = (key["parent"] as String, key["child"] as String)
            guard parents.contains(parent) else { continue }
            let isIndexed =
              try Bool.fetchOne(
                database,
                sql: """
                  SELECT EXISTS (
                    SELECT 1 FROM pragma_index_list(?1) AS indexes
                    JOIN pragma_index_info(indexes.name) AS columns
                    WHERE columns.seqno = 0 AND columns.name = ?2)
                  OR EXISTS (
                    SELECT 1 FROM pragma_table_info(?1)
                    WHERE pk = 1 AND name = ?2 AND upper(type) = 'INTEGER')
                  """, arguments: [table, column]) ?? false
            #expect(isIndexed, "\(table).\(column) refers to \(parent) and has no index")
          }
        }
      }
    }
  }

  /// The tables that some statement of the catalogue deletes rows of.
  private func tablesWithDeletions() throws -> Set<String> {
    let sources = Places.repository.appending(path: "Sources/Catalog")
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var tables: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: #/DELETE FROM (\w+)/#) { tables.insert(String(match.output.1)) }
    }
    return tables
  }
}
