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
    let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    var values: [Value] = []
    while let row = try rows.next() {
      var columns = ColumnReader(row)
      values.append(try decode(&columns))
    }
    return values
  }

  /// The first column of the first row, a number.
  func number(
    _ sql: String, _ arguments: StatementArguments = StatementArguments()
  ) throws -> Int64? {
    try first(sql, arguments) { try $0.next(Int64?.self) } ?? nil
  }

  /// The number of a row, which is inserted if it is not there.
  ///
  /// Most of the time it is: looking first spares the write.
  func interned(find: String, insert: String, _ arguments: StatementArguments) throws -> Int64 {
    if let id = try number(find, arguments) { return id }
    return try self.insert(insert, arguments)
  }
}

extension Digest {
  /// The bytes as SQLite takes them.
  var blob: Data { Data(bytes) }
}
