package import Diagnostics
private import FileSystem
private import Glibc
package import ObjectStore
private import Synchronization
package import Tensors
private import Training

/// Activations of one frozen prefix on disk, by image digest: ``ActivationStore`` over files that
/// may be deleted at any time.
///
/// Every batch is a *segment*: a file that is written once and renamed into place, so that readers
/// and other writers never see half of it. docs/storage-format.md has the layout. A record whose
/// values do not have their digest counts as absent.
package final class ActivationCache: ActivationStore, Sendable {
  /// How many bytes all caches of a registry may take unless told otherwise.
  package static let standardByteLimit = 8 << 30

  private static let magic = Array("RGACTV01".utf8)
  private static let headerByteCount = 64
  private static let ending = ".activations"
  /// What the names of unfinished segments end with.
  static let temporaryEnding = ".tmp"
  /// With more segments than this, they are written anew as one.
  private static let maximumSegmentCount = 16
  /// Segments that hold more than this in all stay as they are: writing them anew would take longer
  /// than opening many.
  private static let mergedByteLimit = 128 << 20
  /// How many computed bytes wait in memory before they become a segment.
  private static let segmentByteCount = 4 << 20

  private let root: String
  private let folder: String
  private let valueCount: Int
  private let byteLimit: Int
  private let fileLayer: any FileLayer
  private let index: Mutex<Index>

  private struct Index {
    var segments: [ByteStorage] = []
    var records: [Digest: (segment: Int, offset: Int)] = [:]
    /// Records that no file holds yet.
    var pending: [UInt8] = []
    /// Where in these each image's record begins.
    var pendingRecords: [Digest: Int] = [:]
  }

  private var recordByteCount: Int { 2 * Digest.byteCount + 4 * valueCount }

  /// Opens the cache of one prefix below `root`, reading which images it has.
  ///
  /// - Parameters:
  ///   - root: the folder of the caches of all prefixes.
  ///   - key: the digest of the prefix and of the preprocessing.
  ///   - valueCount: how many numbers the prefix puts out for an image.
  ///   - byteLimit: how many bytes the caches of all prefixes may take.
  ///   - fileLayer: what writes.
  /// - Throws: `not_readable` when the folder is there and cannot be listed.
  package init(
    root: String, key: Digest, valueCount: Int, byteLimit: Int = standardByteLimit,
    fileLayer: any FileLayer = SystemFileLayer()
  ) throws(RegistryError) {
    self.root = root
    folder = "\(root)/\(key.hexadecimal)"
    self.valueCount = valueCount
    self.byteLimit = byteLimit
    self.fileLayer = fileLayer
    index = Mutex(Index())
    guard FileSystemEntries.isFolder(folder) else { return }
    for name in try FileSystemEntries.names(in: folder) where name.hasSuffix(Self.ending) {
      let path = "\(folder)/\(name)"
      // Another process may have removed it meanwhile: what is not there is computed again.
      guard let storage = try? ByteStorage(mapping: path) else { continue }
      // The time of the last use decides which segment goes first when room is needed.
      utimensat(AT_FDCWD, path, nil, 0)
      index.withLock { add(storage, to: &$0) }
    }
  }

  package func read(
    _ image: Digest, into values: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    guard values.count == valueCount else { return false }
    let target = UnsafeMutableRawBufferPointer(values)
    let place = index.withLock { index -> (ByteStorage?, Int)? in
      if let start = index.pendingRecords[image] {
        let payload = start + 2 * Digest.byteCount
        target.copyBytes(from: index.pending[payload..<payload + 4 * valueCount])
        return (nil, start)
      }
      return index.records[image].map { (index.segments[$0.segment], $0.offset) }
    }
    guard let (storage, offset) = place else { return false }
    guard let storage else { return true }
    return storage.withUnsafeBytes { bytes in
      let start = offset + 2 * Digest.byteCount
      let payload = UnsafeRawBufferPointer(rebasing: bytes[start..<start + 4 * valueCount])
      let promised = Digest(bytes: bytes[offset + Digest.byteCount..<start])
      guard Digest(of: payload) == promised else { return false }
      target.copyMemory(from: payload)
      return true
    }
  }

  package func store(_ images: [Digest], _ values: UnsafeBufferPointer<Float>) throws {
    precondition(values.count == images.count * valueCount, "a row for each image")
    let isFull = index.withLock { index in
      for (row, image) in images.enumerated() {
        let payload = UnsafeRawBufferPointer(
          UnsafeBufferPointer(rebasing: values[row * valueCount..<(row + 1) * valueCount]))
        index.pendingRecords[image] = index.pending.count
        index.pending += image.bytes
        index.pending += Digest(of: payload).bytes
        index.pending += payload
      }
      return index.pending.count >= Self.segmentByteCount
    }
    if isFull { try flush() }
  }

  /// Writes what waits in memory as a segment.
  ///
  /// - Throws: `not_writable`, `no_space_left` or `write_failed`; what was computed is then lost
  ///   and computed again another time.
  package func flush() throws {
    let pending = index.withLock { index in
      defer { (index.pending, index.pendingRecords) = ([], [:]) }
      return index.pending
    }
    guard !pending.isEmpty else { return }
    let storage = segment(of: pending.count) { bytes in bytes.copyBytes(from: pending) }
    try fileLayer.makeFolder(parentOfRoot)
    try fileLayer.makeFolder(root)
    try fileLayer.makeFolder(folder)
    try write(storage)
    let isScattered = index.withLock { index in
      add(storage, to: &index)
      return index.segments.count > Self.maximumSegmentCount
        && index.records.count * recordByteCount <= Self.mergedByteLimit
    }
    if isScattered { try merge() }
    _ = try Self.trim(root: root, byteLimit: byteLimit, removing: true, fileLayer: fileLayer)
  }

  private var parentOfRoot: String {
    root.lastIndex(of: "/").map { String(root[..<$0]) } ?? "."
  }

  /// A header, and records that `fill` writes.
  private func segment(
    of byteCount: Int, fill: (UnsafeMutableRawBufferPointer) -> Void
  ) -> ByteStorage {
    ByteStorage(count: Self.headerByteCount + byteCount) { bytes in
      bytes.copyBytes(from: Self.magic)
      bytes.storeBytes(
        of: UInt64(valueCount).littleEndian, toByteOffset: Self.magic.count, as: UInt64.self)
      fill(UnsafeMutableRawBufferPointer(rebasing: bytes[Self.headerByteCount...]))
    }
  }

  private func add(_ storage: ByteStorage, to index: inout Index) {
    let segment = index.segments.count
    storage.withUnsafeBytes { bytes in
      let isOurs =
        bytes.count >= Self.headerByteCount && bytes.starts(with: Self.magic)
        && UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
          == UInt64(valueCount)
      guard isOurs else { return }
      index.segments.append(storage)
      for position in 0..<(bytes.count - Self.headerByteCount) / recordByteCount {
        let offset = Self.headerByteCount + position * recordByteCount
        if let digest = Digest(bytes: bytes[offset..<offset + Digest.byteCount]) {
          index.records[digest] = (segment, offset)
        }
      }
    }
  }

  /// Writes a segment.
  ///
  /// Not flushed to the disk: after a crash, an incomplete record fails its digest and is computed
  /// again.
  private func write(_ storage: ByteStorage) throws {
    let name = String(UInt64.random(in: 0...(.max)), radix: 16)
    let temporary = "\(folder)/\(name)\(Self.temporaryEnding)"
    let descriptor = try fileLayer.create(temporary)
    do {
      defer { fileLayer.close(descriptor) }
      try storage.withUnsafeBytes { try fileLayer.write($0, to: descriptor, temporary) }
      try fileLayer.rename(temporary, to: "\(folder)/\(name)\(Self.ending)")
    } catch {
      try? fileLayer.remove(temporary)
      throw error
    }
  }

  /// Writes all segments as one and removes them.
  ///
  /// Processes that have them mapped keep them.
  private func merge() throws {
    let old = try FileSystemEntries.names(in: folder).filter { $0.hasSuffix(Self.ending) }
    let merged = index.withLock { index in
      let merged = segment(of: index.records.count * recordByteCount) { bytes in
        var start = 0
        for (segment, offset) in index.records.values {
          index.segments[segment].withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + recordByteCount])
              .copyBytes(from: source[offset..<offset + recordByteCount])
          }
          start += recordByteCount
        }
      }
      index = Index(pending: index.pending, pendingRecords: index.pendingRecords)
      add(merged, to: &index)
      return merged
    }
    try write(merged)
    for name in old { try fileLayer.remove("\(folder)/\(name)") }
  }
}
