private import Diagnostics
private import Glibc

/// Reads an open file from its beginning to its end through one buffer.
package final class ByteStream {
  /// No read needs a larger buffer than this.
  package static let bufferSize = 1 << 20

  private let file: OpenedFile
  private let path: String
  private let buffer: UnsafeMutableRawBufferPointer
  private var available = 0..<0
  /// How many bytes were handed out.
  package private(set) var offset = 0

  /// A stream that stands at the beginning.
  package init(_ file: consuming OpenedFile, path: String) {
    self.file = file
    self.path = path
    buffer = .allocate(byteCount: Self.bufferSize, alignment: 64)
  }

  deinit { buffer.deallocate() }

  /// Lends the next bytes for the length of a call.
  ///
  /// - Precondition: there are at most ``bufferSize``.
  /// - Returns: whether there were as many; if not, nothing was lent.
  /// - Throws: `not_readable`.
  package func withNext(
    _ count: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    precondition(count <= Self.bufferSize, "the buffer has room")
    if available.count < count {
      let start = UnsafeRawBufferPointer(rebasing: buffer[available])
      buffer.copyMemory(from: start)
      available = 0..<available.count
      while available.count < count {
        guard let address = buffer.baseAddress else { return false }
        let length = read(
          file.descriptor, address + available.upperBound, buffer.count - available.upperBound)
        if length < 0, errno == EINTR { continue }
        guard length >= 0 else { throw RegistryError.unreadable(path, errno) }
        if length == 0 { return false }
        available = 0..<available.upperBound + length
      }
    }
    let next = available.lowerBound..<available.lowerBound + count
    available = next.upperBound..<available.upperBound
    offset += count
    try body(UnsafeRawBufferPointer(rebasing: buffer[next]))
    return true
  }
}
