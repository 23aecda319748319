private import Diagnostics
package import FileSystem
package import Tensors

/// Writes the files of an archive one after the other.
package struct ArchiveWriter {
  private let file: OutputFile
  private var hasher = DigestHasher()
  /// How many bytes were written.
  package private(set) var byteCount = 0
  private var open: (header: TarHeader, written: Int)?

  /// An archive that has no files yet.
  package init(_ file: OutputFile) { self.file = file }

  /// Begins a file of that length.
  package mutating func begin(path: String, byteCount: Int) throws {
    precondition(open == nil, "one file after the other")
    let header = TarHeader(path: path, byteCount: byteCount)
    try put(header.bytes)
    open = (header, 0)
  }

  /// Writes the next bytes of the file that was begun.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
    open?.written += bytes.count
    try put(bytes)
  }

  /// Ends the file that was begun.
  package mutating func end() throws {
    guard let (header, written) = open, written == header.byteCount else {
      preconditionFailure("a file has the length that was stated")
    }
    try put([UInt8](repeating: 0, count: header.paddingByteCount))
    open = nil
  }

  /// Writes a whole file.
  package mutating func add(path: String, _ bytes: [UInt8]) throws {
    try begin(path: path, byteCount: bytes.count)
    try bytes.withUnsafeBytes { try append($0) }
    try end()
  }

  /// Ends the archive.
  ///
  /// - Returns: the SHA-256 of the archive.
  package mutating func finish() throws -> Digest {
    try put([UInt8](repeating: 0, count: 2 * TarHeader.blockSize))
    try file.finish()
    return hasher.finalize()
  }

  private mutating func put(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try put($0) } }

  private mutating func put(_ bytes: UnsafeRawBufferPointer) throws {
    try file.write(bytes)
    hasher.update(bytes)
    byteCount += bytes.count
  }
}
