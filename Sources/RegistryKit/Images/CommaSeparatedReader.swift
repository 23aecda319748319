import Diagnostics

/// Reads comma-separated records one by one.
///
/// RFC 4180: quoted fields may hold commas, line ends and doubled quotes. Lines end with a line feed, a
/// carriage return or both.
struct CommaSeparatedReader {
  private let path: String
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private var line = 1

  init(_ text: TextLines) {
    path = text.path
    bytes = text.bytes
    position = bytes.startIndex
  }

  /// The next record, with the number of its first line; `nil` at the end.
  ///
  /// - Throws: `bad_label_file` for a quote that never ends or is followed by more text.
  mutating func next() throws(RegistryError) -> (line: Int, fields: [String])? {
    guard position < bytes.endIndex else { return nil }
    let firstLine = line
    var fields: [String] = []
    while true {
      let field =
        bytes[position...].first == UInt8(ascii: "\"")
        ? try quotedField(firstLine) : Array(plainField())
      fields.append(String(decoding: field, as: UTF8.self))
      guard position < bytes.endIndex else { return (firstLine, fields) }
      let end = bytes[position]
      position += 1
      if end == UInt8(ascii: ",") { continue }
      line += 1
      if end == UInt8(ascii: "\r"), bytes[position...].first == UInt8(ascii: "\n") { position += 1 }
      return (firstLine, fields)
    }
  }

  private static func endsField(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  private mutating func plainField() -> ArraySlice<UInt8> {
    let end = bytes[position...].firstIndex(where: Self.endsField) ?? bytes.endIndex
    defer { position = end }
    return bytes[position..<end]
  }

  private mutating func quotedField(_ firstLine: Int) throws(RegistryError) -> [UInt8] {
    var field: [UInt8] = []
    position += 1
    while position < bytes.endIndex {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      guard byte == UInt8(ascii: "\"") else {
        field.append(byte)
        continue
      }
      guard let next = bytes[position...].first, next == byte else {
        guard bytes[position...].first.map(Self.endsField) ?? true else {
          throw RegistryError(
            .badLabelFile, "Text follows on a quoted field in line \(line) of \(path).",
            place: Place(file: path, line: line),
            remedy: "Double the quotes within a quoted field.")
        }
        return field
      }
      field.append(byte)
      position += 1
    }
    throw RegistryError(
      .badLabelFile, "A quoted field that begins in line \(firstLine) of \(path) never ends.",
      place: Place(file: path, line: firstLine), remedy: "Close the quote.")
  }
}
