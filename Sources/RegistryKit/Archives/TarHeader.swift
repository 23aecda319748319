/// The header of a regular file in a tar archive, as POSIX.1-1988 (`ustar`) prescribes it.
///
/// Of the freedom that the format leaves nothing is used: a path and a length have one header.
package struct TarHeader: Hashable, Sendable {
  /// Headers, and what files are filled up to, have a multiple of this length.
  package static let blockSize = 512
  /// What can be written in the 11 octal digits of a length; beyond it stands in binary, as GNU tar
  /// does it.
  private static let octalLimit = 1 << 33

  /// The path in the archive: at most 100 bytes of ASCII.
  package let path: String
  /// The length of the file.
  package let byteCount: Int

  /// - Precondition: the path is short enough.
  package init(path: String, byteCount: Int) {
    precondition(path.utf8.count <= 100 && byteCount >= 0, "the header has room for it")
    self.path = path
    self.byteCount = byteCount
  }

  /// The 512 bytes.
  package var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.blockSize)
    func put(_ text: some Sequence<UInt8>, at offset: Int) {
      for (index, byte) in text.enumerated() { bytes[offset + index] = byte }
    }
    put(path.utf8, at: 0)
    put("0000644".utf8, at: 100)
    put("0000000".utf8, at: 108)  // user
    put("0000000".utf8, at: 116)  // group
    if byteCount < Self.octalLimit {
      put(Self.octal(byteCount, digits: 11), at: 124)
    } else {
      bytes[124] = 0x80
      for index in 0..<8 {
        bytes[128 + index] = UInt8(truncatingIfNeeded: byteCount >> (56 - 8 * index))
      }
    }
    put("00000000000".utf8, at: 136)  // time of change
    put("        ".utf8, at: 148)  // counts as blanks in its own sum
    bytes[156] = UInt8(ascii: "0")  // a regular file
    put("ustar\0".utf8, at: 257)
    put("00".utf8, at: 263)
    put("0000000".utf8, at: 329)
    put("0000000".utf8, at: 337)
    let sum = bytes.reduce(0) { $0 + Int($1) }
    put(Self.octal(sum, digits: 6), at: 148)
    bytes[154] = 0
    return bytes
  }

  /// How many zeros follow a file, up to the next block.
  package var paddingByteCount: Int {
    (Self.blockSize - byteCount % Self.blockSize) % Self.blockSize
  }

  /// The length that a header states in octal digits; `nil` if there are none.
  package static func statedByteCount(in header: [UInt8]) -> Int? {
    guard header.count == blockSize else { return nil }
    var value = 0
    for digit in header[124..<135] {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { return nil }
      value = value << 3 | Int(digit - UInt8(ascii: "0"))
    }
    return value
  }

  private static func octal(_ value: Int, digits: Int) -> [UInt8] {
    let text = String(value, radix: 8)
    return Array((String(repeating: "0", count: digits - text.utf8.count) + text).utf8)
  }
}
