package import Diagnostics
private import Glibc

/// A file without a name, which is gone when its last user is, whatever happens.
package final class ScratchFile {
  private let descriptor: Int32
  private let path: String
  /// How many bytes were written.
  package private(set) var byteCount = 0

  /// An empty file on the disk of a folder.
  ///
  /// - Throws: `not_writable`.
  package init(in folder: String) throws(RegistryError) {
    path = folder
    var template = Array("\(folder)/tmp-XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw .unwritable(folder, errno) }
    unlink(template)
  }

  deinit { close(descriptor) }

  /// Writes the next bytes.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(RegistryError) {
    try FileSystemEntries.write(bytes, to: descriptor, path)
    byteCount += bytes.count
  }

  private func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(RegistryError) {
    var done = 0
    while done < buffer.count {
      let length = pread(
        descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
        off_t(offset + done))
      if length < 0, errno == EINTR { continue }
      guard length > 0 else { throw .unreadable(path, length < 0 ? errno : EIO) }
      done += length
    }
  }

  /// Hands out all bytes, piece by piece.
  ///
  /// - Throws: `not_readable`.
  package func eachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    var offset = 0
    while offset < byteCount {
      let piece = UnsafeMutableRawBufferPointer(
        rebasing: buffer[..<min(buffer.count, byteCount - offset)])
      try read(at: offset, into: piece)
      offset += piece.count
      try body(UnsafeRawBufferPointer(piece))
    }
  }

  /// Hands out the lines of the file, without their line feeds.
  ///
  /// - Returns: whether each line ended with a line feed and had at most `limit` bytes; no more are
  ///   handed out behind one that had more.
  package func eachLine(
    limit: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    var carried: [UInt8] = []
    var isTooLong = false
    try eachPiece { piece in
      var rest = piece[...]
      while !isTooLong, let end = rest.firstIndex(of: 0x0a) {
        let line = UnsafeRawBufferPointer(rebasing: rest[..<end])
        rest = rest[(end + 1)...]
        isTooLong = carried.count + line.count > limit
        if isTooLong { return }
        if carried.isEmpty {
          try body(line)
        } else {
          carried.append(contentsOf: line)
          try carried.withUnsafeBytes(body)
          carried = []
        }
      }
      isTooLong = isTooLong || carried.count + rest.count > limit
      if !isTooLong { carried.append(contentsOf: rest) }
    }
    return !isTooLong && carried.isEmpty
  }
}
