package import Diagnostics
private import Tensors

extension RegistryError.Code {
  /// A file of labels is not what its format prescribes.
  package static let malformedLabels = Self("malformed_labels", .badInput)
}

/// The names of a network's outputs, in their order.
///
/// Either one label a line, or two columns separated by a tab, of which the second is the label.
/// Labels need not differ: an output is known by its place.
package enum LabelFile {
  /// The most labels that are read.
  static let maximumCount = 1 << 20

  /// The labels of the file at `path`.
  ///
  /// A byte order mark and carriage returns are passed over, and so are blank lines at the end; a
  /// blank line before would shift every label after it and is refused.
  ///
  /// - Throws: `malformed_labels` with the line.
  package static func read(
    path: String, limits: InputLimits = .standard
  ) throws(RegistryError) -> [String] {
    let storage = try ByteStorage(mapping: path)
    guard storage.count <= limits.maximumTextBytes else {
      throw malformed("has more than \(limits.maximumTextBytes) bytes", path)
    }
    let bytes = storage.withUnsafeBytes { Array($0) }
    var content = bytes[...]
    if content.starts(with: [0xef, 0xbb, 0xbf]) { content = content.dropFirst(3) }
    var lines = content.split(separator: 0x0a, omittingEmptySubsequences: false).map { line in
      line.last == 0x0d ? line.dropLast() : line
    }
    while let last = lines.last, last.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
      lines.removeLast()
    }
    guard let first = lines.first else { throw malformed("has no labels", path) }
    guard lines.count <= maximumCount else {
      throw malformed("has more than \(maximumCount) labels", path)
    }
    let columns = first.count(where: { $0 == 0x09 }) + 1
    guard columns <= 2 else {
      throw malformed("has \(columns) columns instead of one or two", path, line: 1)
    }
    var labels: [String] = []
    labels.reserveCapacity(lines.count)
    for (index, line) in lines.enumerated() {
      let parts = line.split(separator: 0x09, omittingEmptySubsequences: false)
      guard parts.count == columns, let last = parts.last else {
        throw malformed(
          "has \(parts.count) columns where the first line has \(columns)", path, line: index + 1)
      }
      guard let label = String(validating: last, as: UTF8.self) else {
        throw malformed("is not UTF-8", path, line: index + 1)
      }
      let trimmed = label.trimmingBlanks
      guard !trimmed.isEmpty else {
        throw malformed("has no label", path, line: index + 1)
      }
      guard !trimmed.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
      else { throw malformed("has a control character in its label", path, line: index + 1) }
      labels.append(trimmed)
    }
    return labels
  }

  private static func malformed(
    _ complaint: String, _ path: String, line: Int? = nil
  ) -> RegistryError {
    RegistryError(
      .malformedLabels,
      line.map { "Line \($0) of the labels \(complaint)." } ?? "The file of labels \(complaint).",
      place: Place(file: path, line: line),
      remedy: "Give one label a line in the order of the outputs, or two columns with a tab "
        + "between, the label second.")
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    let start = drop { $0 == " " }
    guard let end = start.lastIndex(where: { $0 != " " }) else { return "" }
    return String(start[...end])
  }
}
