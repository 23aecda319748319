/// A JSON document in memory, whose objects keep the order of their keys.
package enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// The digits as they are printed.
  case number(String)
  case text(String)
  case array([JSONValue])
  case object([Member])

  /// A key with its value.
  package struct Member: Equatable, Sendable {
    package let key: String
    package let value: JSONValue

    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// A number in the fewest digits that read back as the same; JSON has no word for numbers that are
  /// not finite, so that they are the texts `NaN`, `Infinity` and `-Infinity`.
  package static func number(_ value: some BinaryFloatingPoint & CustomStringConvertible)
    -> JSONValue
  {
    if value.isFinite { return .number(value.description) }
    return .text(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
  }

  /// The members of an object; none for anything else.
  package var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }

  /// The value of a key of an object.
  package subscript(key: String) -> JSONValue? { members.first { $0.key == key }?.value }
}

extension JSONValue {
  private static let lineLength = 100

  /// The document, indented by two spaces; what fits on a line and holds no object stays on one.
  package var text: String { text(indentation: 0) }

  /// The same as a part of a document, whose further lines are indented by so many blanks.
  package func text(indentation: Int) -> String {
    var output = ""
    write(to: &output, indentation: indentation)
    return output
  }

  /// The document on one line, without blanks between its parts.
  package var line: String {
    var output = ""
    writeLine(to: &output)
    return output
  }

  private func writeLine(to output: inout String) {
    switch self {
    case .array(let elements):
      output += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { output += "," }
        element.writeLine(to: &output)
      }
      output += "]"
    case .object(let members):
      output += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { output += "," }
        Self.writeQuoted(member.key, to: &output)
        output += ":"
        member.value.writeLine(to: &output)
      }
      output += "}"
    default: output += lineText ?? ""
    }
  }

  private func write(to output: inout String, indentation: Int) {
    switch self {
    case .array(let elements):
      if let line = lineText, indentation + line.utf8.count <= Self.lineLength {
        output += line
        return
      }
      Self.writeLines("[", elements.count, "]", indentation, to: &output) { index, output in
        elements[index].write(to: &output, indentation: indentation + 2)
      }
    case .object(let members) where !members.isEmpty:
      Self.writeLines("{", members.count, "}", indentation, to: &output) { index, output in
        Self.writeQuoted(members[index].key, to: &output)
        output += ": "
        members[index].value.write(to: &output, indentation: indentation + 2)
      }
    default:
      output += lineText ?? ""
    }
  }

  private static func writeLines(
    _ opening: String, _ count: Int, _ closing: String, _ indentation: Int,
    to output: inout String, _ writeItem: (Int, inout String) -> Void
  ) {
    output += opening
    let blanks = String(repeating: " ", count: indentation + 2)
    for index in 0..<count {
      output += index == 0 ? "\n" : ",\n"
      output += blanks
      writeItem(index, &output)
    }
    output += "\n"
    output += blanks.dropLast(2)
    output += closing
  }

  /// The text on one line; `nil` for what holds an object with members or is far too long.
  private var lineText: String? {
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .number(let digits): return digits
    case .text(let text):
      var output = ""
      Self.writeQuoted(text, to: &output)
      return output
    case .object(let members): return members.isEmpty ? "{}" : nil
    case .array(let elements):
      if elements.count > Self.lineLength / 2 { return nil }
      var parts: [String] = []
      for element in elements {
        guard let part = element.lineText else { return nil }
        parts.append(part)
      }
      return "[" + parts.joined(separator: ", ") + "]"
    }
  }

  /// Quotes and escapes as RFC 8259 demands, and DEL, which terminals obey.
  private static func writeQuoted(_ text: String, to output: inout String) {
    output += "\""
    if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) && $0 != 0x22 && $0 != 0x5c }) {
      output += text
      output += "\""
      return
    }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }
}
