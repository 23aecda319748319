package import Diagnostics
private import FileSystem
private import Glibc

/// Bytes that do not change any more: an own allocation or a file mapped into memory.
///
/// The memory starts at a multiple of 64 bytes, as vector kernels like it, and lives as long as
/// the object.
package final class ByteStorage: Sendable {
  /// The alignment of the first byte.
  package static let alignment = 64

  // Safe to share: written only inside the initializers, before anybody else has the object.
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer
  private let isMapped: Bool
  /// How many bytes there are.
  package let count: Int

  /// From so many bytes on, memory is asked for in pages of 2 MiB: the system hands these out and clears
  /// them in a fraction of the time that 512 small ones take.
  private static let largePageThreshold = 4 << 20
  private static let largePageByteCount = 2 << 20

  /// Allocates bytes and lets `fill` write them once, every one of them.
  package init(
    uninitializedCount count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void
  ) rethrows {
    let isLarge = count >= Self.largePageThreshold
    base = .allocate(
      byteCount: max(count, 1),
      alignment: isLarge ? Self.largePageByteCount : Self.alignment)
    // A wish, which the system may decline.
    if isLarge { madvise(base, count, MADV_HUGEPAGE) }
    self.count = count
    isMapped = false
    try fill(UnsafeMutableRawBufferPointer(start: base, count: count))
  }

  /// Allocates zeroed bytes and lets `fill` write them once.
  package convenience init(
    count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void
  ) rethrows {
    try self.init(uninitializedCount: count) { bytes in
      _ = bytes.initializeMemory(as: UInt8.self, repeating: 0)
      try fill(bytes)
    }
  }

  /// Maps a file for reading.
  ///
  /// The file must not be truncated while it is mapped: objects of a
  /// registry never are.
  ///
  /// - Throws: `no_such_file`, `not_readable`, or `not_a_file` for folders, devices and pipes.
  package init(mapping path: String) throws(RegistryError) {
    let file = try OpenedFile(path: path)
    count = file.identity.byteCount
    if count == 0 {
      base = .allocate(byteCount: 1, alignment: Self.alignment)
      isMapped = false
    } else {
      guard let mapping = mmap(nil, count, PROT_READ, MAP_PRIVATE, file.descriptor, 0),
        mapping != MAP_FAILED
      else { throw .unreadable(path, errno) }
      base = mapping
      isMapped = true
    }
  }

  deinit {
    if isMapped { munmap(base, count) } else { base.deallocate() }
  }

  /// Lends the bytes for the length of a call.
  package func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: base, count: count))
  }
}
