package import Diagnostics
private import FileSystem
package import Tensors

/// Reads the files of an archive one after the other, in the order in which they must stand.
///
/// Whoever reads says which file comes next and how long it is; a header that is not exactly the one
/// for that, a byte too many or too few, or anything but zeros between files is refused.
package final class ArchiveReader {
  /// How much is read at once.
  private static let pieceSize = 1 << 20

  private let path: String
  private let input: ByteStream
  /// How many bytes of the file were read.
  package var offset: Int { input.offset }
  /// The length of the file.
  package let byteCount: Int

  /// Opens an archive.
  ///
  /// - Throws: `no_such_file`, `not_readable`, `not_a_file`.
  package init(path: String) throws(RegistryError) {
    self.path = path
    let file = try OpenedFile(path: path)
    byteCount = file.identity.byteCount
    input = ByteStream(file, path: path)
  }

  /// The first file of the archive, of a length that it states itself.
  ///
  /// - Throws: `damaged_archive` when it is not there or longer than the limit.
  package func first(named name: String, limit: Int) throws -> [UInt8] {
    let header = try bytes(TarHeader.blockSize)
    guard let count = TarHeader.statedByteCount(in: header),
      header == TarHeader(path: name, byteCount: count).bytes
    else { throw damage("it does not begin with \(name)", at: 0) }
    guard count <= limit else { throw damage("\(name) has more than \(limit) bytes", at: 0) }
    return try rest(of: TarHeader(path: name, byteCount: count))
  }

  /// The next file as a whole, which must have this path and length.
  ///
  /// - Throws: `damaged_archive`.
  package func next(_ path: String, byteCount: Int) throws -> [UInt8] {
    try rest(of: try header(path, byteCount))
  }

  /// Hands out the next file, which must have this path and length, piece by piece.
  ///
  /// - Returns: its SHA-256.
  /// - Throws: `damaged_archive`.
  package func next(
    _ path: String, byteCount: Int, _ sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Digest {
    let header = try header(path, byteCount)
    var hasher = DigestHasher()
    try pieces(of: byteCount) {
      hasher.update($0)
      try sink($0)
    }
    try skipPadding(of: header)
    return hasher.finalize()
  }

  /// Begins the next file, whose parts are then read with ``pieces(of:_:)``.
  package func begin(_ path: String, byteCount: Int) throws -> TarHeader {
    try header(path, byteCount)
  }

  /// Hands out the next bytes piece by piece.
  package func pieces(
    of count: Int, _ sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var left = count
    while left > 0 {
      let length = min(left, Self.pieceSize)
      let offset = input.offset
      let isWhole = try input.withNext(length) { try sink($0) }
      guard isWhole else { throw damage("it ends early", at: offset) }
      left -= length
    }
  }

  /// Passes over the zeros behind a file.
  package func skipPadding(of header: TarHeader) throws {
    let offset = input.offset
    guard try bytes(header.paddingByteCount).allSatisfy({ $0 == 0 }) else {
      throw damage("there are other bytes than zeros behind \(header.path)", at: offset)
    }
  }

  /// Checks that the archive ends here.
  package func end() throws {
    let offset = input.offset
    guard byteCount == offset + 2 * TarHeader.blockSize,
      try bytes(2 * TarHeader.blockSize).allSatisfy({ $0 == 0 })
    else { throw damage("it does not end behind its last file", at: offset) }
  }

  /// The error for an archive that is not as it was written.
  package func damage(_ complaint: String, at offset: Int? = nil) -> RegistryError {
    .damagedArchive(complaint, place: Place(file: path, byteOffset: offset))
  }

  private func header(_ path: String, _ byteCount: Int) throws -> TarHeader {
    let offset = input.offset
    let header = TarHeader(path: path, byteCount: byteCount)
    guard byteCount <= self.byteCount - offset, try bytes(TarHeader.blockSize) == header.bytes
    else { throw damage("\(path) with \(byteCount) bytes should stand here", at: offset) }
    return header
  }

  private func rest(of header: TarHeader) throws -> [UInt8] {
    let content = try bytes(header.byteCount)
    try skipPadding(of: header)
    return content
  }

  private func bytes(_ count: Int) throws -> [UInt8] {
    // Nothing is taken for what is not there.
    guard count <= byteCount - input.offset else { throw damage("it ends early", at: input.offset) }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    try pieces(of: count) { result.append(contentsOf: $0) }
    return result
  }
}

extension RegistryError {
  /// The error for an archive that is not as it was written.
  static func damagedArchive(
    _ complaint: String, place: Place? = nil, cause: (any Error)? = nil
  ) -> RegistryError {
    RegistryError(
      .damagedArchive, "This is no whole and unchanged archive of a registry: \(complaint).",
      place: place, remedy: "Nothing was changed. Get the file again from its source.",
      cause: cause)
  }
}

extension RegistryError.Code {
  /// An archive is not as `registry export` wrote it.
  package static let damagedArchive = Self("damaged_archive", .badInput)
}
