package import Diagnostics
private import FileSystem
private import FoundationEssentials

/// A CSV or JSON Lines file that names images with their labels.
package struct LabelListing: Sendable {
  /// One line of the file.
  package struct Row: Sendable, Hashable {
    package var path: String
    package var label: String
    package var split: String?
    package var group: String?
    package var line: Int
  }

  package var rows: [Row]

  /// Reads a label file; one whose first character is a brace is JSON Lines, any other CSV.
  ///
  /// - Throws: `bad_label_file` with the line that breaks the rules.
  package init(
    path: String, groupColumn: String?, limits: InputLimits = .standard
  ) throws(RegistryError) {
    let bytes = try FileSystemEntries.bytes(of: path, limit: limits.maximumTextBytes)
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw RegistryError(
        .badLabelFile, "\(path) is not UTF-8 text.", place: .file(path),
        remedy: "Save it as UTF-8.")
    }
    if text.hasPrefix("\u{feff}") { text.removeFirst() }
    let isJSON = text.first { !$0.isWhitespace } == "{"
    let records = isJSON ? try Self.jsonLines(text, path) : try Self.csv(text, path)
    rows = []
    rows.reserveCapacity(records.count)
    for (line, record) in records {
      guard let file = record["path"], !file.isEmpty, let label = record["label"], !label.isEmpty
      else {
        throw RegistryError(
          .badLabelFile, "Line \(line) of \(path) lacks a path or a label.",
          place: Place(file: path, line: line),
          remedy: "Give each image a `path` and a `label`.")
      }
      var split: String?
      if let name = record["split"], !name.isEmpty {
        guard let known = ImageScan.split(named: name) else {
          throw RegistryError(
            .badLabelFile, "Line \(line) of \(path) names the split \"\(name)\".",
            place: Place(file: path, line: line), remedy: "Use train, validation or test.")
        }
        split = known
      }
      var group: String?
      if let groupColumn {
        guard let value = record[groupColumn] else {
          throw RegistryError(
            .badLabelFile, "\(path) has no column \"\(groupColumn)\" at line \(line).",
            place: Place(file: path, line: line),
            remedy: "Name one of: \(record.keys.sorted().joined(separator: ", ")).")
        }
        group = value
      }
      rows.append(Row(path: file, label: label, split: split, group: group, line: line))
    }
  }

  private static func jsonLines(
    _ text: String, _ path: String
  ) throws(RegistryError) -> [(Int, [String: String])] {
    var records: [(Int, [String: String])] = []
    var line = 0
    for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
      line += 1
      if part.allSatisfy(\.isWhitespace) { continue }
      do {
        let values = try JSONDecoder().decode([String: TextValue].self, from: Data(part.utf8))
        records.append((line, values.mapValues(\.text)))
      } catch {
        throw RegistryError(
          .badLabelFile, "Line \(line) of \(path) is not a JSON object of texts and numbers.",
          place: Place(file: path, line: line),
          remedy: "Write one object a line, as {\"path\": \"a.jpg\", \"label\": \"coyote\"}.",
          cause: error)
      }
    }
    return records
  }

  /// Splits CSV into records by the names in its first line, after RFC 4180.
  private static func csv(
    _ text: String, _ path: String
  ) throws(RegistryError) -> [(Int, [String: String])] {
    var reader = CommaSeparatedReader(text)
    guard let header = try reader.next(path)?.fields, header.contains("path") else {
      throw RegistryError(
        .badLabelFile, "\(path) has no column \"path\" in its first line.",
        place: Place(file: path, line: 1),
        remedy: "Begin the file with a line such as: path,label")
    }
    var records: [(Int, [String: String])] = []
    while let (line, fields) = try reader.next(path) {
      if fields == [""] { continue }
      guard fields.count == header.count else {
        throw RegistryError(
          .badLabelFile,
          "Line \(line) of \(path) has \(fields.count) fields where the first has \(header.count).",
          place: Place(file: path, line: line),
          remedy: "Put texts that contain commas into double quotes.")
      }
      records.append((line, Dictionary(zip(header, fields), uniquingKeysWith: { $1 })))
    }
    return records
  }

  /// A JSON text, number or Boolean, as text.
  private struct TextValue: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self.text = text
      } else if let number = try? container.decode(Int.self) {
        text = String(number)
      } else if let number = try? container.decode(Double.self) {
        text = String(number)
      } else if container.decodeNil() {
        text = ""
      } else {
        text = String(try container.decode(Bool.self))
      }
    }
  }
}

/// Reads comma-separated records one by one (RFC 4180: quoted fields may hold commas, line ends
/// and doubled quotes).
private struct CommaSeparatedReader {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func next(
    _ path: String
  ) throws(RegistryError) -> (line: Int, fields: [String])? {
    guard position < bytes.count else { return nil }
    let firstLine = line
    var fields: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      if isQuoted {
        if byte != UInt8(ascii: "\"") {
          field.append(byte)
        } else if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
          field.append(byte)
          position += 1
        } else {
          isQuoted = false
        }
      } else if byte == UInt8(ascii: "\""), field.isEmpty {
        isQuoted = true
      } else if byte == UInt8(ascii: ",") {
        fields.append(String(decoding: field, as: UTF8.self))
        field = []
      } else if byte == UInt8(ascii: "\n") {
        break
      } else if byte != UInt8(ascii: "\r") {
        field.append(byte)
      }
    }
    guard !isQuoted else {
      throw RegistryError(
        .badLabelFile, "A quoted field that begins in line \(firstLine) of \(path) never ends.",
        place: Place(file: path, line: firstLine), remedy: "Close the quote.")
    }
    fields.append(String(decoding: field, as: UTF8.self))
    return (firstLine, fields)
  }
}

extension RegistryError.Code {
  /// A file of labels breaks the rules of CSV, of JSON Lines or of its columns.
  package static let badLabelFile = Self("bad_label_file", .badInput)
}
