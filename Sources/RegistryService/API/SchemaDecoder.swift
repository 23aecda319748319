internal import RegistryKit

/// The members for which a type asked.
final class SchemaRecord {
  var members: [(key: String, schema: JSONValue, isOptional: Bool)] = []
}

/// A document of which every question is written down and answered with some value.
struct SchemaDecoder: Decoder {
  let record: SchemaRecord
  let recorder: SchemaRecorder
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(SchemaContainer(record: record, recorder: recorder))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw unknown }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { throw unknown }

  /// Some value of a type, whatever it is.
  func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let some: Any? =
      switch type {
      case is String.Type: ""
      case is Bool.Type: false
      case let type as any (ExpressibleByIntegerLiteral & Decodable).Type: Self.zero(type)
      case let type as any (ExpressibleByArrayLiteral & Decodable).Type: Self.empty(type)
      case let type as any (ExpressibleByDictionaryLiteral & Decodable).Type: Self.empty(type)
      case let type as any (CaseIterable & Decodable).Type: Self.first(type)
      default: try Value(from: SchemaDecoder(record: SchemaRecord(), recorder: recorder))
      }
    guard let value = some as? Value else { throw unknown }
    return value
  }

  private static func empty(_ type: any ExpressibleByArrayLiteral.Type) -> Any {
    func make<Value: ExpressibleByArrayLiteral>(_ type: Value.Type) -> Value { [] }
    return make(type)
  }

  private static func empty(_ type: any ExpressibleByDictionaryLiteral.Type) -> Any {
    func make<Value: ExpressibleByDictionaryLiteral>(_ type: Value.Type) -> Value { [:] }
    return make(type)
  }

  private static func zero(_ type: any ExpressibleByIntegerLiteral.Type) -> Any {
    func make<Value: ExpressibleByIntegerLiteral>(_ type: Value.Type) -> Value { 0 }
    return make(type)
  }

  private static func first(_ type: any CaseIterable.Type) -> Any? {
    func make<Value: CaseIterable>(_ type: Value.Type) -> Any? { type.allCases.first }
    return make(type)
  }

  private var unknown: DecodingError {
    .dataCorrupted(
      .init(codingPath: [], debugDescription: "a type whose form the recorder does not know"))
  }
}

private struct SchemaContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let record: SchemaRecord
  let recorder: SchemaRecorder
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }

  private var decoder: SchemaDecoder { SchemaDecoder(record: record, recorder: recorder) }

  private func note(_ key: Key, _ type: any Decodable.Type, isOptional: Bool = false) {
    record.members.append(
      (JSONValue.snakeCase(key.stringValue), recorder.schema(of: type), isOptional))
  }

  func contains(_ key: Key) -> Bool { true }
  func decodeNil(forKey key: Key) throws -> Bool { false }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    note(key, type)
    return try decoder.value(type)
  }

  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    note(key, Value?.self, isOptional: true)
    return nil
  }
  // Without these, the defaults would ask for values that are always there.
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
    note(key, Bool?.self, isOptional: true)
    return nil
  }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
    note(key, String?.self, isOptional: true)
    return nil
  }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
    note(key, Double?.self, isOptional: true)
    return nil
  }
  func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
    note(key, Float?.self, isOptional: true)
    return nil
  }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
    note(key, Int?.self, isOptional: true)
    return nil
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try decoder.container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder.unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { decoder }
}
