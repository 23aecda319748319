package import Diagnostics
import FoundationEssentials
import GRDB
import Tensors

/// Statements are prepared when first used and kept with their connection. Their text is always a
/// literal: what comes from outside is bound.
extension Database {
  /// Runs a statement that returns nothing.
  func change(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
    try cachedStatement(sql: sql).execute(arguments: arguments)
  }

  /// Runs an insertion and returns the number of the new row.
  func insert(_ sql: String, _ arguments: StatementArguments) throws -> Int64 {
    try change(sql, arguments)
    return lastInsertedRowID
  }

  /// The first row of a query; `nil` if there is none.
  func first<Value>(
    _ sql: String, _ arguments: StatementArguments = StatementArguments(),
    _ decode: (inout ColumnReader) throws -> Value
  ) throws -> Value? {
    let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    guard let row = try rows.next() else { return nil }
    var columns = ColumnReader(row)
    return try decode(&columns)
  }

  /// Every row of a query.
  func all<Value>(
    _ sql: String, _ arguments: StatementArguments = StatementArguments(),
    _ decode: (inout ColumnReader) throws -> Value
  ) throws -> [Value] {
    var values: [Value] = []
    try each(sql, arguments) { values.append(try decode(&$0)) }
    return values
  }

  /// Reads the rows of a query one after the other, so that they need not fit in memory.
  func each(
    _ sql: String, _ arguments: StatementArguments = StatementArguments(),
    _ body: (inout ColumnReader) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    while let row = try rows.next() {
      var columns = ColumnReader(row)
      try body(&columns)
    }
  }

  /// Whether some row of a query is such; those after it are not read.
  func contains(
    _ sql: String, _ arguments: StatementArguments = StatementArguments(),
    where isSuch: (inout ColumnReader) throws -> Bool
  ) throws -> Bool {
    let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    while let row = try rows.next() {
      var columns = ColumnReader(row)
      if try isSuch(&columns) { return true }
    }
    return false
  }

  /// The first column of the first row, a number.
  func number(
    _ sql: String, _ arguments: StatementArguments = StatementArguments()
  ) throws -> Int64? {
    try first(sql, arguments) { try $0.next(Int64?.self) } ?? nil
  }

  /// The row of a text, which is inserted if it is not there.
  ///
  /// Most of the time it is: looking first spares the write.
  ///
  /// - Throws: `null_in_text`.
  func interned(find: String, insert: String, _ text: String) throws -> Int64 {
    let text = try text.withoutNull()
    if let id = try number(find, [text]) { return id }
    return try self.insert(insert, [text])
  }
}

extension RegistryError.Code {
  /// A label, a name of a tensor or another text has a null character, at which it would be cut.
  package static let nullInText = Self("null_in_text", .badInput)
}

extension String {
  /// The text itself, if SQLite can store it: a null character ends a text there.
  func withoutNull() throws(RegistryError) -> String {
    guard utf8.contains(0) else { return self }
    throw RegistryError(
      .nullInText, "\(NameRule.shown(self)) has a null character.",
      remedy: "Correct the file that it comes from.")
  }
}

extension Digest {
  /// The bytes as SQLite takes them.
  var blob: Data { Data(bytes) }
}
