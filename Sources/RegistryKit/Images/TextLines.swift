package import Diagnostics
private import FileSystem
private import FoundationEssentials

/// The bytes of a UTF-8 text file, without a byte order mark.
package struct TextLines: Sendable {
  /// The path of the file, for messages.
  package let path: String
  package let bytes: ArraySlice<UInt8>

  /// Reads a text file.
  ///
  /// - Throws: `bad_label_file` when it is not UTF-8; what reading throws.
  package init(path: String, limits: InputLimits) throws(RegistryError) {
    self.path = path
    let bytes = try FileSystemEntries.bytes(of: path, limit: limits.maximumTextBytes)
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw RegistryError(
        .badLabelFile, "\(path) is not UTF-8 text.", place: .file(path),
        remedy: "Save it as UTF-8.")
    }
    self.bytes = bytes.dropFirst(bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0)
  }

  /// Whether the first character that is no blank is a brace: then it is JSON Lines.
  package var isJSON: Bool {
    bytes.first { !Self.blanks.contains($0) } == UInt8(ascii: "{")
  }

  private static let blanks: Set<UInt8> = [0x20, 0x09, 0x0a, 0x0d]

  /// The JSON objects of a JSON Lines file with the numbers of their lines; blank lines are none.
  ///
  /// - Parameters:
  ///   - type: what a line is.
  ///   - example: a line as it should be, for the message.
  /// - Returns: the objects in order.
  /// - Throws: `bad_label_file` with the line that is no such object.
  package func jsonObjects<Value: Decodable>(
    _ type: Value.Type, example: String
  ) throws(RegistryError) -> [(line: Int, value: Value)] {
    var objects: [(line: Int, value: Value)] = []
    try eachJSONObject(type, example: example) { objects.append(($0, $1)) }
    return objects
  }

  /// Hands out these objects one after the other.
  ///
  /// - Throws: `bad_label_file` with the line that is no such object, and what `body` throws.
  package func eachJSONObject<Value: Decodable>(
    _ type: Value.Type, example: String,
    _ body: (_ line: Int, _ value: Value) throws(RegistryError) -> Void
  ) throws(RegistryError) {
    let decoder = JSONDecoder()
    for (index, line) in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated()
    where !line.allSatisfy(Self.blanks.contains) {
      let value: Value
      do {
        value = try decoder.decode(Value.self, from: Data(line))
      } catch {
        throw RegistryError(
          .badLabelFile,
          "Line \(index + 1) of \(path) is not such a JSON object: \(reason(of: error)).",
          place: Place(file: path, line: index + 1),
          remedy: "Write one object a line, as \(example).",
          cause: error)
      }
      try body(index + 1, value)
    }
  }

  private func reason(of error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "it has no \"\(key.stringValue)\""
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(context.codingPath.first.map { "\"\($0.stringValue)\"" } ?? "it") is of another kind"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      context.debugDescription
    default: "it breaks the rules of JSON"
    }
  }
}

/// What a value of a JSON object says as text: a text, a number, a Boolean, or a list of these.
package enum TextValue: Decodable, Sendable, Hashable {
  case text(String)
  case list([String])
  /// Something else, such as an object.
  case other

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = Self.text(in: container) {
      self = .text(text)
    } else if let values = try? container.decode([TextValue].self) {
      let texts = values.compactMap { if case .text(let text) = $0 { text } else { nil } }
      self = texts.count == values.count ? .list(texts) : .other
    } else {
      self = .other
    }
  }

  private static func text(in container: any SingleValueDecodingContainer) -> String? {
    if container.decodeNil() { return "" }
    if let text = try? container.decode(String.self) { return text }
    if let number = try? container.decode(Int.self) { return String(number) }
    if let number = try? container.decode(Double.self) { return String(number) }
    return (try? container.decode(Bool.self)).map { String($0) }
  }
}

extension RegistryError.Code {
  /// A file of labels or edits breaks the rules of CSV, of JSON Lines or of its columns.
  package static let badLabelFile = Self("bad_label_file", .badInput)
}
