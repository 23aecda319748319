/// Which part of an answer a `Range` header asks for (RFC 9110, section 14).
enum ByteRange: Equatable {
  /// All bytes: there is no such header, or one that may be passed over.
  case whole
  case part(Range<Int>)
  /// No byte of the answer is in the range.
  case unsatisfiable

  /// Reads a header, for an answer of so many bytes.
  ///
  /// Several ranges and other units may be passed over, and are.
  init(header: String?, byteCount: Int) {
    self = .whole
    guard let header, header.lowercased().hasPrefix("bytes=") else { return }
    let sides = header.dropFirst("bytes=".count)
      .split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard sides.count == 2 else { return }
    let (first, last) = (Self.number(sides[0]), Self.number(sides[1]))
    switch (first, last) {
    case (.number(let first), .number(let last)) where first <= last:
      self =
        first < byteCount
        ? .part(first..<min(last, byteCount - 1) + 1) : .unsatisfiable
    case (.number(let first), .absent):
      self = first < byteCount ? .part(first..<byteCount) : .unsatisfiable
    case (.absent, .number(let count)):
      self =
        count > 0 && byteCount > 0
        ? .part(max(0, byteCount - count)..<byteCount) : .unsatisfiable
    default: return
    }
  }

  private enum Side {
    case number(Int)
    case absent
    case malformed
  }

  private static func number(_ text: Substring) -> Side {
    if text.isEmpty { return .absent }
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return .malformed
    }
    // More digits than any number of bytes has mean as much as the largest.
    return .number(min(Int(text) ?? .max, .max - 1))
  }
}
