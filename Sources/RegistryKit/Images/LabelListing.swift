package import Diagnostics

/// A CSV or JSON Lines file that names images with their labels.
package struct LabelListing: Sendable {
  /// One line of the file.
  package struct Row: Sendable, Hashable {
    package var path: String
    /// What the image shows: one label; where labels are independent, any number.
    package var labels: [String]
    package var split: String?
    package var group: String?
    package var line: Int
  }

  package let rows: [Row]
  /// Whether labels are independent: the file has them in `labels` instead of `label`.
  package let isMultiLabel: Bool

  /// What stands between two labels in the column `labels` of a CSV file.
  package static let labelSeparator: Character = ";"

  /// Reads a label file; one whose first character is a brace is JSON Lines, any other CSV.
  ///
  /// - Throws: `bad_label_file` with the line that breaks the rules.
  package init(
    path: String, groupColumn: String?, limits: InputLimits = .standard
  ) throws(RegistryError) {
    var rows: [Row] = []
    isMultiLabel = try Self.eachRow(of: path, groupColumn: groupColumn, limits: limits) {
      rows.append($0)
    }
    self.rows = rows
  }

  /// Hands out the lines of such a file one after the other.
  ///
  /// - Returns: whether labels are independent.
  /// - Throws: `bad_label_file` with the line that breaks the rules; lines before it were handed out.
  static func eachRow(
    of path: String, groupColumn: String?, limits: InputLimits, _ body: (Row) -> Void
  ) throws(RegistryError) -> Bool {
    let text = try TextLines(path: path, limits: limits)
    var isMultiLabel: Bool?
    func take(_ record: Record) throws(RegistryError) {
      let hasMany = isMultiLabel ?? (record.values["labels"] != nil)
      isMultiLabel = hasMany
      body(try row(record, path, groupColumn, isMultiLabel: hasMany))
    }
    if text.isJSON {
      try eachJSONLine(of: text, take)
    } else {
      try eachCSVLine(of: text, take)
    }
    return isMultiLabel ?? false
  }

  /// The values of a line by the names of their columns.
  private struct Record {
    let line: Int
    let values: [String: TextValue]

    /// A value that is a text, and not an empty one.
    func text(_ column: String) -> String? {
      guard case .text(let text)? = values[column], !text.isEmpty else { return nil }
      return text
    }
  }

  private static func row(
    _ record: Record, _ path: String, _ groupColumn: String?, isMultiLabel: Bool
  ) throws(RegistryError) -> Row {
    func bad(_ problem: String, _ remedy: String) -> RegistryError {
      RegistryError(
        .badLabelFile, "Line \(record.line) of \(path) \(problem).",
        place: Place(file: path, line: record.line), remedy: remedy)
    }
    let labels = labels(of: record, isMultiLabel: isMultiLabel)
    guard let file = record.text("path"), let labels else {
      throw bad(
        "lacks a path or a label",
        "Give each image a `path` and a `label`, or all of them `labels`.")
    }
    if file.utf8.contains(0) { throw bad("has a path with a null character", "Correct the path.") }
    if let problem = labels.lazy.compactMap(LabelRule.problem).first {
      throw bad("has a label that \(problem)", LabelRule.remedy)
    }
    var split: String?
    if let name = record.text("split") {
      guard let known = ImageScan.split(named: name) else {
        throw bad("names the split \"\(name)\"", "Use train, validation or test.")
      }
      split = known
    }
    if let groupColumn, record.values[groupColumn] == nil {
      throw bad(
        "has no column \"\(groupColumn)\"",
        "Name one of: \(record.values.keys.sorted().joined(separator: ", ")).")
    }
    return Row(
      path: file, labels: labels, split: split, group: groupColumn.flatMap(record.text),
      line: record.line)
  }

  /// The labels of a line; `nil` when it has none where each image needs one, or both kinds.
  private static func labels(of record: Record, isMultiLabel: Bool) -> [String]? {
    guard isMultiLabel else {
      return record.values["labels"] == nil ? record.text("label").map { [$0] } : nil
    }
    guard record.values["label"] == nil else { return nil }
    switch record.values["labels"] {
    case .list(let labels): return labels
    case .text(let text): return text.isEmpty ? [] : [text]
    case .other, nil: return nil
    }
  }

  private static func eachJSONLine(
    of text: TextLines, _ body: (Record) throws(RegistryError) -> Void
  ) throws(RegistryError) {
    try text.eachJSONObject(
      [String: TextValue].self, example: "{\"path\": \"a.jpg\", \"label\": \"coyote\"}"
    ) { (line, values) throws(RegistryError) in try body(Record(line: line, values: values)) }
  }

  /// Splits CSV into records by the names in its first line.
  private static func eachCSVLine(
    of text: TextLines, _ body: (Record) throws(RegistryError) -> Void
  ) throws(RegistryError) {
    var reader = CommaSeparatedReader(text)
    let header = try reader.next()?.fields ?? []
    func badHeader(_ problem: String) -> RegistryError {
      RegistryError(
        .badLabelFile, "\(text.path) \(problem) in its first line.",
        place: Place(file: text.path, line: 1), remedy: "Begin the file with: path,label")
    }
    guard header.contains("path") else { throw badHeader("has no column \"path\"") }
    guard header.contains("label") != header.contains("labels") else {
      throw badHeader("has not one of the columns \"label\" and \"labels\"")
    }
    guard Set(header).count == header.count else { throw badHeader("names a column twice") }
    while let (line, fields) = try reader.next() {
      if fields == [""] { continue }
      guard fields.count == header.count else {
        throw RegistryError(
          .badLabelFile,
          "Line \(line) of \(text.path) has \(fields.count) fields where the first has "
            + "\(header.count).", place: Place(file: text.path, line: line),
          remedy: "Put texts that contain commas into double quotes.")
      }
      var values: [String: TextValue] = [:]
      for (column, field) in zip(header, fields) {
        values[column] = column == "labels" ? .list(split(field)) : .text(field)
      }
      try body(Record(line: line, values: values))
    }
  }

  /// The labels in a field such as `dog;outdoors`, without blanks around them; none if it is empty.
  package static func split(_ field: String) -> [String] {
    guard !field.allSatisfy({ $0 == " " }) else { return [] }
    return field.split(separator: labelSeparator, omittingEmptySubsequences: false).map { label in
      String(label.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }
}

/// What a label may be.
package enum LabelRule {
  /// How many bytes of UTF-8 a label may have.
  package static let maximumByteCount = 1024

  /// What is wrong with a label, after "a label that"; `nil` if nothing is.
  package static func problem(_ label: String) -> String? {
    if label.isEmpty { return "is empty" }
    if label.utf8.contains(0) { return "has a null character" }
    if label.utf8.count > maximumByteCount {
      return "has \(label.utf8.count) bytes, more than \(maximumByteCount)"
    }
    return nil
  }

  /// The way out.
  package static let remedy = "A label has 1 to \(maximumByteCount) bytes and no null character."
}

extension DatasetEdit {
  /// The labels in a text such as `dog;outdoors`, as the column `labels` of a CSV file has them.
  public static func labels(in text: String) -> [String] { LabelListing.split(text) }
}
