import Diagnostics
import Tensors

/// A place in some bytes that moves forward and never past their end.
struct ByteCursor {
  let storage: ByteStorage
  /// Where the next byte stands, from the start of the storage.
  private(set) var offset: Int
  /// Where the bytes end.
  let end: Int
  /// The rule that is broken when the bytes end too early.
  let code: RegistryError.Code

  /// - Precondition: the range lies in the storage.
  init(_ storage: ByteStorage, _ range: Range<Int>? = nil, code: RegistryError.Code) {
    let range = range ?? 0..<storage.count
    precondition(range.lowerBound >= 0 && range.upperBound <= storage.count)
    self.storage = storage
    offset = range.lowerBound
    end = range.upperBound
    self.code = code
  }

  var remaining: Int { end - offset }

  /// Passes over some bytes and says where they stand.
  ///
  /// - Throws: The cursor's code, before anything is taken, when fewer are left.
  mutating func take(_ count: Int) throws(RegistryError) -> Range<Int> {
    guard count >= 0, count <= remaining else {
      throw RegistryError(
        code, "The file ends early: \(count) bytes are announced and \(remaining) are left.",
        place: Place(byteOffset: offset),
        remedy: "The file is damaged or was made on purpose; get it again from its source.")
    }
    defer { offset += count }
    return offset..<offset + count
  }

  mutating func byte() throws(RegistryError) -> UInt8 { try integer(UInt8.self) }

  /// The next number, little-endian.
  mutating func integer<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type
  ) throws(RegistryError) -> Number {
    let range = try take(MemoryLayout<Number>.size)
    return storage.withUnsafeBytes {
      Number(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: type))
    }
  }

  /// The next number, little-endian, as a count that fits.
  mutating func count64() throws(RegistryError) -> Int {
    let start = offset
    guard let count = Int(exactly: try integer(UInt64.self)) else {
      throw RegistryError(
        code, "The file states a length beyond all bounds.", place: Place(byteOffset: start),
        remedy: "The file is damaged or was made on purpose; get it again from its source.")
    }
    return count
  }

  /// The next bytes as text.
  mutating func text(_ count: Int) throws(RegistryError) -> String {
    let range = try take(count)
    let text = storage.withUnsafeBytes { String(validating: $0[range], as: UTF8.self) }
    guard let text else {
      throw RegistryError(
        code, "The file holds a text that is not UTF-8.",
        place: Place(byteOffset: range.lowerBound),
        remedy: "The file is damaged or was made on purpose; get it again from its source.")
    }
    return text
  }

  /// The bytes up to a line feed, which is passed over, as text.
  mutating func line(limit: Int) throws(RegistryError) -> String {
    let window = offset..<min(end, offset + limit)
    let length = storage.withUnsafeBytes { $0[window].firstIndex(of: 0x0a) }
    guard let length else { return try text(end - offset + 1) }
    let line = try text(length - offset)
    _ = try take(1)
    return line
  }
}
