package import Diagnostics
private import Synchronization
private import Tensors

/// Objects that become visible and durable together, when ``commit()`` returns.
///
/// Several threads may add at once. What was not committed is removed with the batch.
package final class ObjectBatch: Sendable {
  private struct State {
    /// The paths of files that wait for their names.
    var staged: [Digest: String] = [:]
    /// Folders whose names must be on the disk before anybody relies on the objects in them.
    var touchedFolders: Set<String> = []
  }

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
    let known = StoredObject(digest: digest, byteCount: bytes.count, isNew: false)
    if store.contains(digest) {
      // Whoever wrote it may not have flushed the folder yet.
      state.withLock { _ = $0.touchedFolders.insert(folder(of: digest)) }
      return known
    }
    if state.withLock({ $0.staged[digest] != nil }) { return known }
    let path = try writeTemporary(bytes)
    let isFirst = state.withLock { state in
      guard state.staged[digest] == nil else { return false }
      state.staged[digest] = path
      return true
    }
    guard isFirst else {
      try store.fileLayer.remove(path)
      return known
    }
    return StoredObject(digest: digest, byteCount: bytes.count, isNew: true)
  }

  /// Gives all staged objects their names and waits until the disk has them.
  ///
  /// - Throws: what the system reported. Objects that already have their names are complete and
  ///   stay; the others are gone.
  package func commit() throws(RegistryError) {
    do throws(RegistryError) {
      for (digest, path) in state.withLock({ $0.staged }) {
        try store.fileLayer.makeFolder(folder(of: digest))
        try store.fileLayer.rename(path, to: store.path(of: digest))
        state.withLock { state in
          state.staged[digest] = nil
          state.touchedFolders.insert(folder(of: digest))
        }
      }
      let folders = state.withLock { $0.touchedFolders }
      for folder in folders { try store.fileLayer.synchronizeFolder(folder) }
      // The names of the folders themselves.
      if !folders.isEmpty { try store.fileLayer.synchronizeFolder(store.folder) }
      state.withLock { $0.touchedFolders = [] }
    } catch {
      discard()
      throw error
    }
  }

  /// Removes what was staged and not committed.
  package func discard() {
    let staged = state.withLock { state in
      defer { state.staged = [:] }
      return state.staged
    }
    // Nobody can see these files: one that cannot be removed now is collected later.
    for path in staged.values { try? store.fileLayer.remove(path) }
  }

  private func folder(of digest: Digest) -> String {
    "\(store.folder)/\(digest.hexadecimal.prefix(2))"
  }

  private func writeTemporary(_ bytes: UnsafeRawBufferPointer) throws(RegistryError) -> String {
    let layer = store.fileLayer
    try layer.makeFolder(store.folder)
    let number = UInt64.random(in: 0...(.max))
    let path = "\(store.folder)/\(ObjectFolder.temporaryPrefix)\(String(number, radix: 16))"
    let descriptor = try layer.create(path)
    defer { layer.close(descriptor) }
    do throws(RegistryError) {
      try layer.write(bytes, to: descriptor, path)
      try layer.synchronize(descriptor, path)
    } catch {
      try? layer.remove(path)
      throw error
    }
    return path
  }
}
