extension JSONValue {
  /// An answer as JSON: keys in the order of their declaration and in snake case, those of
  /// dictionaries sorted and as they are, `nil` as null.
  ///
  /// The encoder of Foundation leaves `nil` out, refuses numbers that are not finite and costs
  /// start-up time.
  package init(encoding value: some Encodable) throws {
    self = try Self.encoded(value, at: [])
  }

  fileprivate static func encoded(
    _ value: any Encodable, at path: [any CodingKey]
  ) throws -> JSONValue {
    switch value {
    case let text as String: return .text(text)
    case let flag as Bool: return .bool(flag)
    case let number as Double: return .number(number)
    case let number as Float: return .number(number)
    case let integer as any BinaryInteger & Encodable: return .number("\(integer)")
    case let dictionary as any TextKeyedDictionary:
      let members = dictionary.encodableValues.sorted { $0.key < $1.key }
      return .object(
        try members.map { Member(key: $0.key, value: try encoded($0.value, at: path)) })
    default:
      let node = JSONNode()
      try value.encode(to: JSONNodeEncoder(node: node, codingPath: path))
      return node.value
    }
  }

  /// `bytesAdded` as `bytes_added`.
  ///
  /// Only ASCII capitals count, which names of properties have; bytes cost a tenth of characters.
  package static func snakeCase(_ name: String) -> String {
    guard name.utf8.contains(where: isCapital) else { return name }
    var result: [UInt8] = []
    for byte in name.utf8 {
      if isCapital(byte) {
        if !result.isEmpty { result.append(UInt8(ascii: "_")) }
        result.append(byte | 0x20)
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }
}

/// A dictionary whose keys are data, not names of properties.
private protocol TextKeyedDictionary {
  var encodableValues: [(key: String, value: any Encodable)] { get }
}

extension Dictionary: TextKeyedDictionary where Key == String, Value: Encodable {
  fileprivate var encodableValues: [(key: String, value: any Encodable)] {
    map { (key: $0.key, value: $0.value) }
  }
}

/// A place in the document that is being written.
private final class JSONNode {
  private enum Content {
    case value(JSONValue)
    case array([JSONNode])
    case object([(key: String, node: JSONNode)])
  }

  private var content = Content.value(.null)

  var value: JSONValue {
    switch content {
    case .value(let value): value
    case .array(let nodes): .array(nodes.map(\.value))
    case .object(let members):
      .object(members.map { JSONValue.Member(key: $0.key, value: $0.node.value) })
    }
  }

  var count: Int {
    if case .array(let nodes) = content { nodes.count } else { 0 }
  }

  func set(_ value: JSONValue) { content = .value(value) }

  func becomeArray() {
    if case .array = content { return }
    content = .array([])
  }

  func becomeObject() {
    if case .object = content { return }
    content = .object([])
  }

  func append(_ node: JSONNode) {
    guard case .array(var nodes) = content else { return }
    content = .value(.null)  // So that the array is not copied.
    nodes.append(node)
    content = .array(nodes)
  }

  func append(_ key: String, _ node: JSONNode) {
    guard case .object(var members) = content else { return }
    content = .value(.null)
    members.append((key: JSONValue.snakeCase(key), node: node))
    content = .object(members)
  }
}

private struct JSONNodeEncoder: Encoder {
  let node: JSONNode
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    node.becomeObject()
    return KeyedEncodingContainer(ObjectContainer(node: node, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    node.becomeArray()
    return ArrayContainer(node: node, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    ValueContainer(node: node, codingPath: codingPath)
  }
}

private struct ObjectContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: JSONNode
  let codingPath: [any CodingKey]

  private func child(_ key: any CodingKey) -> JSONNode {
    let child = JSONNode()
    node.append(key.stringValue, child)
    return child
  }

  func encodeNil(forKey key: Key) { child(key).set(.null) }

  func encode(_ value: some Encodable, forKey key: Key) throws {
    child(key).set(try JSONValue.encoded(value, at: codingPath + [key]))
  }

  // Long answers have these by the thousand: without the casts of the general case they take half the
  // time.
  func encode(_ value: String, forKey key: Key) { child(key).set(.text(value)) }
  func encode(_ value: Int, forKey key: Key) { child(key).set(.number(value.description)) }
  func encode(_ value: Double, forKey key: Key) { child(key).set(.number(value)) }
  func encode(_ value: Bool, forKey key: Key) { child(key).set(.bool(value)) }

  // `nil` is an answer too; the defaults would leave the key out.
  func encodeIfPresent(_ value: (some Encodable)?, forKey key: Key) throws {
    if let value { try encode(value, forKey: key) } else { encodeNil(forKey: key) }
  }
  func encodeIfPresent(_ value: String?, forKey key: Key) throws {
    child(key).set(value.map { .text($0) } ?? .null)
  }
  func encodeIfPresent(_ value: Int?, forKey key: Key) throws {
    child(key).set(value.map { .number("\($0)") } ?? .null)
  }
  func encodeIfPresent(_ value: Double?, forKey key: Key) throws {
    child(key).set(value.map { .number($0) } ?? .null)
  }
  func encodeIfPresent(_ value: Bool?, forKey key: Key) throws {
    child(key).set(value.map { .bool($0) } ?? .null)
  }
  func encodeIfPresent(_ value: Float?, forKey key: Key) throws {
    child(key).set(value.map { .number($0) } ?? .null)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy keyType: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    JSONNodeEncoder(node: child(key), codingPath: codingPath + [key]).container(keyedBy: keyType)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    JSONNodeEncoder(node: child(key), codingPath: codingPath + [key]).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { JSONNodeEncoder(node: node, codingPath: codingPath) }

  func superEncoder(forKey key: Key) -> any Encoder {
    JSONNodeEncoder(node: child(key), codingPath: codingPath + [key])
  }
}

private struct ArrayContainer: UnkeyedEncodingContainer {
  let node: JSONNode
  let codingPath: [any CodingKey]
  var count: Int { node.count }

  private func child() -> JSONNode {
    let child = JSONNode()
    node.append(child)
    return child
  }

  func encodeNil() { child().set(.null) }
  func encode(_ value: some Encodable) throws {
    child().set(try JSONValue.encoded(value, at: codingPath))
  }
  func nestedContainer<NestedKey: CodingKey>(
    keyedBy keyType: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> {
    JSONNodeEncoder(node: child(), codingPath: codingPath).container(keyedBy: keyType)
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    JSONNodeEncoder(node: child(), codingPath: codingPath).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { JSONNodeEncoder(node: child(), codingPath: codingPath) }
}

private struct ValueContainer: SingleValueEncodingContainer {
  let node: JSONNode
  let codingPath: [any CodingKey]

  func encodeNil() { node.set(.null) }
  func encode(_ value: some Encodable) throws {
    node.set(try JSONValue.encoded(value, at: codingPath))
  }
}
