private import FoundationEssentials
import GRDB
import Tensors

/// Reads the columns of a row from left to right.
///
/// What is not there or of another kind throws: bytes on a disk may be damaged.
struct ColumnReader {
  private let row: Row
  private var index = 0

  init(_ row: Row) { self.row = row }

  mutating func next<Value: DatabaseValueConvertible & StatementColumnConvertible>(
    _ type: Value.Type = Value.self
  ) throws -> Value {
    defer { index += 1 }
    return try row.decode(Value.self, atIndex: index)
  }

  mutating func next<Value: DatabaseValueConvertible & StatementColumnConvertible>(
    _ type: Value?.Type = Value?.self
  ) throws -> Value? {
    defer { index += 1 }
    return row.hasNull(atIndex: index) ? nil : try row.decode(Value.self, atIndex: index)
  }

  mutating func nextDigest() throws -> Digest {
    defer { index += 1 }
    return try row.withUnsafeData(atIndex: index) { data in
      // Raw bytes are several times faster to walk over than those of `Data`.
      guard let digest = data?.withUnsafeBytes({ Digest(bytes: $0) }) else {
        throw CatalogDamage(description: "a digest has not 32 bytes")
      }
      return digest
    }
  }

  mutating func nextOptionalDigest() throws -> Digest? {
    guard row.hasNull(atIndex: index) else { return try nextDigest() }
    index += 1
    return nil
  }

  mutating func nextRunIdentifier() throws -> String {
    guard let identifier = try nextOptionalRunIdentifier() else {
      throw CatalogDamage(description: "a run has no identifier")
    }
    return identifier
  }

  mutating func nextOptionalRunIdentifier() throws -> String? {
    defer { index += 1 }
    return try row.withUnsafeData(atIndex: index) { data in
      try data.map {
        guard $0.count == 16 else { throw CatalogDamage(description: "a run has not 16 bytes") }
        return RunIdentifier(bytes: $0).hexadecimal
      }
    }
  }

  mutating func nextTimestamp() throws -> Timestamp { Timestamp(microseconds: try next()) }

  mutating func nextOptionalTimestamp() throws -> Timestamp? {
    try next(Int64?.self).map { Timestamp(microseconds: $0) }
  }

  mutating func nextSplit() throws -> Split {
    guard let split = try nextOptionalSplit() else {
      throw CatalogDamage(description: "an image has no split")
    }
    return split
  }

  mutating func nextOptionalSplit() throws -> Split? {
    guard let number = try next(Int?.self) else { return nil }
    guard Split.allCases.indices.contains(number) else {
      throw CatalogDamage(description: "there is no split \(number)")
    }
    return Split.allCases[number]
  }

  /// A value of an enumeration that is stored by its raw text.
  mutating func nextCase<Value: RawRepresentable>(_ type: Value.Type = Value.self) throws -> Value
  where Value.RawValue == String {
    let text: String = try next()
    guard let value = Value(rawValue: text) else {
      throw CatalogDamage(description: "'\(text)' is no \(Value.self)")
    }
    return value
  }

  mutating func nextNamedVersion() throws -> NamedVersion {
    NamedVersion(id: try next(), name: try next(), version: try next())
  }

  /// Three columns of which all or none are there.
  mutating func nextOptionalNamedVersion() throws -> NamedVersion? {
    let parts: (Int64?, String?, Int?) = (try next(), try next(), try next())
    guard let id = parts.0, let name = parts.1, let version = parts.2 else { return nil }
    return NamedVersion(id: id, name: name, version: version)
  }

  mutating func nextShape() throws -> [Int] {
    let text: String = try next()
    return try Self.shape(from: text)
  }

  /// The extents in a text such as `[32,3,3,3]`.
  static func shape(from text: String) throws -> [Int] {
    guard text.hasPrefix("["), text.hasSuffix("]") else {
      throw CatalogDamage(description: "'\(text)' is no shape")
    }
    return try text.dropFirst().dropLast().split(separator: ",").map { digits in
      guard let extent = Int(digits), extent >= 0 else {
        throw CatalogDamage(description: "'\(text)' is no shape")
      }
      return extent
    }
  }
}

/// A value in the catalogue that no program of ours writes.
struct CatalogDamage: Error, CustomStringConvertible {
  let description: String
}
