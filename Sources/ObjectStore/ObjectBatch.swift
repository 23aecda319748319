package import Diagnostics
private import Synchronization
package import Tensors

/// Objects that become visible and durable together, when ``commit()`` returns.
///
/// Several threads may add at once. What was not committed is removed with the batch. While the batch
/// lives, a collector leaves its objects alone, also those that no row names yet: keep it until there
/// are rows.
package final class ObjectBatch: Sendable {
  private struct State {
    /// The numbers of the files that wait for their names: a hundred thousand images are one batch.
    var staged: [Digest: UInt32] = [:]
    /// Folders whose names must be on the disk before anybody relies on the objects in them.
    var touchedFolders: Set<String> = []
    /// Where files wait; made for the first one.
    var folder: BatchFolder?
  }

  /// With more files or folders than this, one flush of the file system takes less time than one
  /// for each of them: 0.2 s instead of 3.7 s for 1,000 photos on ext4.
  private static let maximumSingleFlushes = 8

  private let store: ObjectFolder
  private let state = Mutex(State())

  /// An empty batch.
  package init(_ store: ObjectFolder) { self.store = store }

  deinit { discard() }

  /// Stages an object, unless the store or the batch has it.
  ///
  /// - Complexity: O(bytes).
  package func add(_ bytes: UnsafeRawBufferPointer) throws(RegistryError) -> StoredObject {
    let digest = Digest(of: bytes)
    if isKnown(digest) {
      return StoredObject(digest: digest, byteCount: bytes.count, isNew: false)
    }
    let file = try newFile()
    try file.write(bytes)
    return try stage(file, digest, byteCount: bytes.count)
  }

  /// A writer of an object that comes piece by piece, so that it need not be in memory as a whole.
  package func writer() throws(RegistryError) -> ObjectWriter {
    ObjectWriter(self, try newFile())
  }

  /// Gives all staged objects their names and waits until the disk has them.
  ///
  /// - Throws: what the system reported. Objects that already have their names are complete and
  ///   stay; the others are gone.
  package func commit() throws(RegistryError) {
    let (staged, source) = takeStaged()
    do throws(RegistryError) {
      if let source {
        try flush(staged.count) { staged.values.map { source.path(ofFile: Int($0)) } }
        for (digest, number) in staged {
          let target = folder(of: digest)
          try store.fileLayer.makeFolder(target)
          try store.fileLayer.rename(
            source.path(ofFile: Int(number)), to: store.path(of: digest))
          state.withLock { _ = $0.touchedFolders.insert(target) }
        }
      }
      let folders = state.withLock { $0.touchedFolders }
      // The names of the folders themselves stand in the store's folder.
      if !folders.isEmpty { try flush(folders.count + 1) { folders + [store.folder] } }
      state.withLock { $0.touchedFolders = [] }
    } catch {
      discard(staged, in: source)
      throw error
    }
  }

  /// Removes what was staged and not committed.
  package func discard() {
    let (staged, source) = takeStaged()
    discard(staged, in: source)
  }

  private func takeStaged() -> ([Digest: UInt32], BatchFolder?) {
    state.withLock { state in
      defer { state.staged = [:] }
      return (state.staged, state.folder)
    }
  }

  private func discard(_ staged: [Digest: UInt32], in folder: BatchFolder?) {
    guard let folder else { return }
    // Nobody can see these files: one that cannot be removed now is collected later. Those that have
    // their names are not there any more.
    for number in staged.values { try? store.fileLayer.remove(folder.path(ofFile: Int(number))) }
  }

  /// Keeps a finished file for ``commit()``, unless somebody else was first.
  fileprivate func stage(
    _ file: TemporaryFile, _ digest: Digest, byteCount: Int
  ) throws(RegistryError) -> StoredObject {
    var isNew = !isKnown(digest)
    if isNew {
      isNew = state.withLock { state in
        guard state.staged[digest] == nil else { return false }
        state.staged[digest] = UInt32(file.number)
        return true
      }
    }
    if isNew { file.keep() }
    return StoredObject(digest: digest, byteCount: byteCount, isNew: isNew)
  }

  private func newFile() throws(RegistryError) -> TemporaryFile {
    let folder: Result<BatchFolder, RegistryError> = state.withLock { state in
      if let folder = state.folder { return .success(folder) }
      do throws(RegistryError) {
        let folder = try BatchFolder(in: store)
        state.folder = folder
        return .success(folder)
      } catch {
        return .failure(error)
      }
    }
    return try TemporaryFile(in: try folder.get())
  }

  /// Whether the store or the batch has an object; if so, it is durable after ``commit()``.
  package func isKnown(_ digest: Digest) -> Bool {
    let isStored = store.contains(digest)
    return state.withLock { state in
      // Whoever wrote it may not have flushed the folder yet.
      if isStored { state.touchedFolders.insert(folder(of: digest)) }
      return isStored || state.staged[digest] != nil
    }
  }

  private func flush(
    _ count: Int, _ paths: () -> [String]
  ) throws(RegistryError) {
    if count <= Self.maximumSingleFlushes {
      for path in paths() { try store.fileLayer.synchronize(path) }
    } else {
      try store.fileLayer.synchronizeFileSystem(of: store.folder)
    }
  }

  private func folder(of digest: Digest) -> String {
    "\(store.folder)/\(digest.hexadecimal.prefix(2))"
  }
}

/// Writes one object of a batch piece by piece.
///
/// What was not finished is removed with the writer.
package final class ObjectWriter {
  private let batch: ObjectBatch
  private let file: TemporaryFile
  private var hasher = DigestHasher()
  private var byteCount = 0

  fileprivate init(_ batch: ObjectBatch, _ file: TemporaryFile) {
    self.batch = batch
    self.file = file
  }

  /// Writes the next piece.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(RegistryError) {
    try file.write(bytes)
    hasher.update(bytes)
    byteCount += bytes.count
  }

  /// Stages the object for its batch's ``ObjectBatch/commit()``.
  package func finish() throws(RegistryError) -> StoredObject {
    try batch.stage(file, hasher.finalize(), byteCount: byteCount)
  }
}

/// A file without its final name: open until the end of its life, and removed then unless kept.
private final class TemporaryFile {
  /// Its number in the folder.
  let number: Int
  private let path: String
  private let folder: BatchFolder
  private let descriptor: Int32
  private var isKept = false

  init(in folder: BatchFolder) throws(RegistryError) {
    self.folder = folder
    number = folder.newNumber()
    path = folder.path(ofFile: number)
    descriptor = try folder.fileLayer.create(path)
  }

  deinit {
    folder.fileLayer.close(descriptor)
    // Nobody can see it: if it cannot be removed now it is collected later.
    if !isKept { try? folder.fileLayer.remove(path) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(RegistryError) {
    try folder.fileLayer.write(bytes, to: descriptor, path)
  }

  func keep() { isKept = true }
}
