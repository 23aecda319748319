import Catalog

/// Files that may become images, in some forty bytes each: a path shares the name of its folder with
/// others, and equal labels and groups stand once.
package struct CandidateList: RandomAccessCollection, Sendable {
  private struct Row {
    /// Where the name ends in ``names``; it begins where the one before ends.
    let nameEnd: Int
    let folder: Int32
    let labels: Int32
    /// The number of the group; `nil` without one.
    let group: Int32?
    let split: Split?
  }

  private var rows: [Row] = []
  /// The parts of all paths behind their last slashes, as UTF-8, one after the other.
  private var names: [UInt8] = []
  /// The parts of paths up to their last slashes, with these.
  private var folders = ValueTable<String>()
  private var labels = ValueTable<[String]>()
  private var groups = ValueTable<String>()

  /// A list without files.
  package init() {}

  package var startIndex: Int { 0 }
  package var endIndex: Int { rows.count }

  /// - Precondition: a split is `train`, `validation` or `test`.
  package mutating func append(_ candidate: ImageCandidate) {
    let path = candidate.path.utf8
    let nameStart = path.lastIndex(of: UInt8(ascii: "/")).map(path.index(after:))
    let start = nameStart ?? path.startIndex
    names.append(contentsOf: path[start...])
    let split = candidate.split.flatMap(Split.init(rawValue:))
    precondition(split?.rawValue == candidate.split, "a split is one of three")
    rows.append(
      Row(
        nameEnd: names.count,
        folder: folders.number(of: String(decoding: path[..<start], as: UTF8.self)),
        labels: labels.number(of: candidate.labels),
        group: candidate.group.map { groups.number(of: $0) }, split: split))
  }

  package subscript(position: Int) -> ImageCandidate {
    let row = rows[position]
    return ImageCandidate(
      path: path(at: position), labels: labels[row.labels], split: row.split?.rawValue,
      group: row.group.map { groups[$0] })
  }

  /// The path of one of the files.
  package func path(at position: Int) -> String {
    let row = rows[position]
    let start = position == 0 ? 0 : rows[position - 1].nameEnd
    return folders[row.folder] + String(decoding: names[start..<row.nameEnd], as: UTF8.self)
  }
}
