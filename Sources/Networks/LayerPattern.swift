/// Names of layers with wildcards: `*` stands for any number of characters, `?` for one.
package struct LayerPattern: Sendable {
  private let pattern: [UInt8]

  package init(_ text: String) { pattern = Array(text.utf8) }

  /// Whether the whole name fits.
  ///
  /// - Complexity: O(name · pattern).
  package func matches(_ name: String) -> Bool {
    let name = Array(name.utf8)
    var (position, index) = (0, 0)
    // Where the last star stands, and how far the name is taken by it.
    var star: (index: Int, position: Int)?
    while position < name.count {
      if index < pattern.count, pattern[index] == UInt8(ascii: "*") {
        star = (index, position)
        index += 1
      } else if index < pattern.count,
        pattern[index] == name[position] || pattern[index] == UInt8(ascii: "?")
      {
        index += 1
        position += 1
      } else if let last = star {
        star = (last.index, last.position + 1)
        index = last.index + 1
        position = last.position + 1
      } else {
        return false
      }
    }
    return pattern[index...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
