package import Diagnostics
private import FoundationEssentials

extension JSONValue {
  /// Reads a document; of members with the same key the last one counts, and keys are sorted.
  ///
  /// - Throws: `malformed_json`.
  package init(parsing text: String) throws {
    do {
      self = try JSONDecoder().decode(ParsedValue.self, from: Data(text.utf8)).value
    } catch {
      throw RegistryError(
        .malformedJSON, "The text is no JSON.", remedy: "Correct it, as RFC 8259 says.",
        cause: error)
    }
  }
}

extension RegistryError.Code {
  /// A text that must be JSON is none.
  package static let malformedJSON = Self("malformed_json", .badInput)
}

private struct ParsedValue: Decodable {
  let value: JSONValue

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: Key.self) {
      value = .object(
        try container.allKeys.sorted { $0.stringValue < $1.stringValue }.map {
          JSONValue.Member(
            key: $0.stringValue, value: try container.decode(ParsedValue.self, forKey: $0).value)
        })
    } else if var container = try? decoder.unkeyedContainer() {
      var elements: [JSONValue] = []
      while !container.isAtEnd { elements.append(try container.decode(ParsedValue.self).value) }
      value = .array(elements)
    } else {
      value = try Self.single(decoder.singleValueContainer())
    }
  }

  private static func single(_ container: any SingleValueDecodingContainer) throws -> JSONValue {
    if container.decodeNil() { return .null }
    if let flag = try? container.decode(Bool.self) { return .bool(flag) }
    if let integer = try? container.decode(Int64.self) { return .number("\(integer)") }
    if let number = try? container.decode(Double.self) { return .number(number) }
    return .text(try container.decode(String.self))
  }
}
