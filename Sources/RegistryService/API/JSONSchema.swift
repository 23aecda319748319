internal import RegistryKit

/// The form of a JSON document, after JSON Schema 2020-12.
struct JSONSchema: Sendable {
  /// The form itself, which may refer to named ones.
  let document: JSONValue
  /// The forms that it refers to, by their names.
  let named: [String: JSONValue]

  /// An object with any members.
  static let anyObject = JSONSchema(
    document: .object([.init(key: "type", value: .text("object"))]), named: [:])

  /// The form of what an encoder makes of a type.
  static func of(_ type: any Decodable.Type) -> JSONSchema {
    let recorder = SchemaRecorder()
    let document = recorder.schema(of: type)
    return JSONSchema(document: document, named: recorder.named)
  }

  /// The form of what a type is made from: members that may be missing need not be there.
  static func input(_ type: any Decodable.Type) -> JSONSchema {
    let recorder = SchemaRecorder(isInput: true)
    let document = recorder.schema(of: type)
    return JSONSchema(document: document, named: recorder.named)
  }

  /// The names of the members of an object, in order.
  var memberNames: [String] { (resolved["properties"]?.members ?? []).map(\.key) }

  /// An object with these members, all of which are always there.
  static func object(_ members: [(key: String, value: JSONSchema)]) -> JSONSchema {
    JSONSchema(
      document: SchemaRecorder.object(members.map { ($0.key, $0.value.document) }),
      named: members.reduce(into: [:]) { $0.merge($1.value.named) { first, _ in first } })
  }

  /// An object with the members of two others, but one.
  static func merged(_ first: JSONSchema, _ second: JSONSchema, without key: String) -> JSONSchema {
    let named = first.named.merging(second.named) { first, _ in first }
    let members = [first, second].flatMap { schema in
      (schema.resolved["properties"]?.members ?? []).filter { $0.key != key }
    }
    return JSONSchema(
      document: SchemaRecorder.object(members.map { ($0.key, $0.value) }), named: named)
  }

  /// The form itself where it is a reference to a named one.
  private var resolved: JSONValue {
    guard case .text(let reference)? = document["$ref"] else { return document }
    return named[String(reference.dropFirst(SchemaRecorder.prefix.count))] ?? document
  }
}

/// Finds the forms of types by letting them decode themselves from nothing, and writing down for which
/// keys and types they ask.
final class SchemaRecorder {
  static let prefix = "#/components/schemas/"
  private(set) var named: [String: JSONValue] = [:]
  /// Whether the forms are those of what is sent, whose optional members may be missing.
  private let isInput: Bool

  init(isInput: Bool = false) { self.isInput = isInput }

  /// An object with these members, all of which are always there.
  static func object(_ members: [(key: String, schema: JSONValue)]) -> JSONValue {
    object(members, required: members.map(\.key))
  }

  private static func object(
    _ members: [(key: String, schema: JSONValue)], required: [String]
  ) -> JSONValue {
    .object([
      .init(key: "type", value: .text("object")),
      .init(
        key: "properties", value: .object(members.map { .init(key: $0.key, value: $0.schema) })),
      .init(key: "required", value: .array(required.map { .text($0) })),
    ])
  }

  private func object(_ record: SchemaRecord) -> JSONValue {
    let members = record.members.map { (key: $0.key, schema: $0.schema) }
    guard isInput else { return Self.object(members) }
    var required: [String] = []
    for member in record.members where !member.isOptional { required.append(member.key) }
    guard case .object(let parts) = Self.object(members, required: required) else {
      preconditionFailure("an object's form is an object")
    }
    return .object(parts + [.init(key: "additionalProperties", value: .bool(false))])
  }

  /// The form of a type; that of a structure is named.
  func schema(of type: any Decodable.Type) -> JSONValue {
    switch type {
    case is String.Type: return simple("string")
    case is Bool.Type: return simple("boolean")
    case is any (BinaryInteger & Decodable).Type: return simple("integer")
    case is any (BinaryFloatingPoint & Decodable).Type: return isInput ? simple("number") : number
    case is JSONNumber.Type: return number
    case is TrainingOptionList.LearningRate.Type: return learningRate
    case let type as any OptionalType.Type: return orNull(schema(of: type.wrapped))
    case let type as any ArrayType.Type:
      return .object([
        .init(key: "type", value: .text("array")),
        .init(key: "items", value: schema(of: type.element)),
      ])
    case let type as any TextKeyedType.Type:
      return .object([
        .init(key: "type", value: .text("object")),
        .init(key: "additionalProperties", value: schema(of: type.value)),
      ])
    case let type as any (RawRepresentable & CaseIterable).Type:
      return .object([
        .init(key: "type", value: .text("string")),
        .init(key: "enum", value: .array(Self.words(of: type).map { .text($0) })),
      ])
    default: return reference(to: type)
    }
  }

  private func reference(to type: any Decodable.Type) -> JSONValue {
    // `RegistryKit.AliasHistory.Change` is named `AliasHistory.Change`.
    let path = String(reflecting: type)
    let name = String(path.drop { $0 != "." }.dropFirst())
    if named[name] == nil {
      named[name] = .null
      let record = SchemaRecord()
      _ = try? type.init(from: SchemaDecoder(record: record, recorder: self))
      named[name] = object(record)
    }
    return .object([.init(key: "$ref", value: .text(Self.prefix + name))])
  }

  private func simple(_ name: String) -> JSONValue {
    .object([.init(key: "type", value: .text(name))])
  }

  /// JSON has no word for numbers that are not finite.
  private var number: JSONValue {
    named["Number"] = .object([
      .init(
        key: "anyOf",
        value: .array([
          simple("number"),
          .object([
            .init(key: "type", value: .text("string")),
            .init(
              key: "enum", value: .array([.text("NaN"), .text("Infinity"), .text("-Infinity")])),
          ]),
        ]))
    ])
    return .object([.init(key: "$ref", value: .text(Self.prefix + "Number"))])
  }

  private var learningRate: JSONValue {
    .object([
      .init(
        key: "anyOf",
        value: .array([
          simple("number"), .object([.init(key: "const", value: .text("auto"))]),
        ]))
    ])
  }

  private func orNull(_ schema: JSONValue) -> JSONValue {
    .object([.init(key: "anyOf", value: .array([schema, simple("null")]))])
  }

  private static func words(of type: any (RawRepresentable & CaseIterable).Type) -> [String] {
    func words<Case: RawRepresentable & CaseIterable>(_ type: Case.Type) -> [String] {
      type.allCases.map { "\($0.rawValue)" }
    }
    return words(type)
  }
}

private protocol OptionalType {
  static var wrapped: any Decodable.Type { get }
}

extension Optional: OptionalType where Wrapped: Decodable {
  fileprivate static var wrapped: any Decodable.Type { Wrapped.self }
}

private protocol ArrayType {
  static var element: any Decodable.Type { get }
}

extension Array: ArrayType where Element: Decodable {
  fileprivate static var element: any Decodable.Type { Element.self }
}

private protocol TextKeyedType {
  static var value: any Decodable.Type { get }
}

extension Dictionary: TextKeyedType where Key == String, Value: Decodable {
  fileprivate static var value: any Decodable.Type { Value.self }
}
