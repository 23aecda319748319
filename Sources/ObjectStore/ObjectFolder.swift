package import Diagnostics
private import FileSystem
private import Glibc
package import Tensors

/// Immutable files named by the SHA-256 of their bytes: `FOLDER/ab/cdef…`.
///
/// An object is written to a temporary file, flushed, renamed into place, and its folder flushed.
/// Whatever happens meanwhile, a name either leads to all of the bytes or to nothing.
package struct ObjectFolder: Sendable {
  /// The folder that holds all objects.
  package let folder: String
  let fileLayer: any FileLayer

  /// A store in a folder, which is made when something is written.
  package init(folder: String, fileLayer: any FileLayer = SystemFileLayer()) {
    self.folder = folder
    self.fileLayer = fileLayer
  }

  /// Where an object lies, or would lie.
  package func path(of digest: Digest) -> String {
    let name = digest.hexadecimal
    return "\(folder)/\(name.prefix(2))/\(name.dropFirst(2))"
  }

  /// Whether an object is there.
  package func contains(_ digest: Digest) -> Bool { access(path(of: digest), F_OK) == 0 }

  /// The length of an object in bytes; `nil` if it is not there.
  package func byteCount(of digest: Digest) -> Int? {
    var status = stat()
    return stat(path(of: digest), &status) == 0 ? Int(status.st_size) : nil
  }

  /// Maps an object for reading, without checking its digest.
  ///
  /// - Throws: `missing_object` when it is not there.
  package func map(_ digest: Digest) throws(RegistryError) -> ByteStorage {
    do {
      return try ByteStorage(mapping: path(of: digest))
    } catch {
      guard error.code == .noSuchFile else { throw error }
      throw RegistryError(
        .missingObject, "The object \(digest) is not in the store.",
        place: .file(path(of: digest)),
        remedy: "Run `registry verify` to see what needs it, and restore the file from a backup.",
        cause: error)
    }
  }

  /// Writes one object; it is durable when the call returns.
  ///
  /// - Complexity: O(bytes).
  package func write(_ bytes: UnsafeRawBufferPointer) throws(RegistryError) -> StoredObject {
    let batch = ObjectBatch(self)
    let object = try batch.add(bytes)
    try batch.commit()
    return object
  }

  /// Reads an object again and compares its digest.
  ///
  /// - Throws: `not_readable` when the system cannot read it.
  package func verify(_ digest: Digest) throws(RegistryError) -> ObjectState {
    let storage: ByteStorage
    do {
      storage = try map(digest)
    } catch {
      guard error.code == .missingObject else { throw error }
      return .missing
    }
    let actual = storage.withUnsafeBytes { Digest(of: $0) }
    return actual == digest ? .intact(byteCount: storage.count) : .corrupt(actual: actual)
  }

  /// The digests of all objects, in order, without unfinished files.
  package func digests() throws(RegistryError) -> [Digest] {
    var digests: [Digest] = []
    for prefix in try prefixes() { digests += try self.digests(beginningWith: prefix) }
    return digests
  }

  /// Removes an object; it is fine if it is gone.
  package func remove(_ digest: Digest) throws(RegistryError) {
    try fileLayer.remove(path(of: digest))
  }

  /// The names in a folder; none if it was not made yet.
  func names(in folder: String) throws(RegistryError) -> [String] {
    do {
      return try FileSystemEntries.names(in: folder)
    } catch {
      guard error.code == .noSuchFile else { throw error }
      return []
    }
  }
}

/// An object that a batch holds.
package struct StoredObject: Sendable, Hashable {
  package let digest: Digest
  package let byteCount: Int
  /// Whether the store did not have it before.
  package let isNew: Bool
}

/// What reading an object again found.
package enum ObjectState: Sendable, Hashable {
  case intact(byteCount: Int)
  case corrupt(actual: Digest)
  case missing
}

extension RegistryError.Code {
  /// An object that the catalogue names is not in the store.
  package static let missingObject = Self("missing_object", .corrupt)
}
