private import Catalog
package import Diagnostics
package import ModelFiles
package import Networks
package import ObjectStore
package import Tensors

extension Registry {
  /// How often something is prepared anew that a collector took before it was recorded.
  private static let maximumAttempts = 5

  /// Stores objects and records them, and does so again if what `body` found in the store was
  /// collected before it was recorded.
  ///
  /// The batch lives until there are rows: so long, a collector spares its objects.
  package func recording<Answer>(_ body: (ObjectBatch) throws -> Answer) throws -> Answer {
    var attempts = 1
    while true {
      let batch = ObjectBatch(objects)
      do {
        return try withExtendedLifetime(batch) { try body(batch) }
      } catch let error as RegistryError
        where error.code == .collectedMeanwhile && attempts < Self.maximumAttempts
      {
        attempts += 1
      }
    }
  }

  /// The bytes of an object, compared with its digest.
  ///
  /// `subject` says what needs it, for errors.
  ///
  /// - Throws: `missing_object`, `damaged_object`.
  package func intactObject(_ digest: Digest, of subject: String) throws -> ByteStorage {
    let bytes = try objects.map(digest)
    guard bytes.withUnsafeBytes({ Digest(of: $0) }) == digest else {
      throw RegistryError(
        .damagedObject, "The object \(digest) no longer has its digest.",
        place: Place(file: objects.path(of: digest), subject: subject),
        remedy: "Nothing was written. Run `registry verify`, and restore the file from a backup.")
    }
    return bytes
  }

  /// Removes objects that no row names any more.
  package func remove(unreferenced digests: [Digest]) throws {
    try catalog.removeUnreferenced(digests) { try objects.remove($0) }
  }

  /// Writes tensors as one object, a safetensors file, piece by piece; it is durable when the call
  /// returns.
  ///
  /// - Returns: the object, and where each tensor stands in it.
  /// - Throws: what writing reports.
  package func writeObject(
    _ tensors: StateDict, metadata: [String: String] = [:], in batch: ObjectBatch
  ) throws -> (object: StoredObject, layout: SafetensorsLayout) {
    let layout = SafetensorsLayout(tensors, metadata: metadata)
    let writer = try batch.writer()
    try layout.write(tensors) { try writer.append($0) }
    let object = try writer.finish()
    try batch.commit()
    return (object, layout)
  }
}

extension RegistryError.Code {
  /// An object's bytes no longer have its digest.
  package static let damagedObject = Self("damaged_object", .corrupt)
}
