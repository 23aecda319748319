package import Diagnostics
import GRDB
package import Tensors

extension RegistryError.Code {
  /// An object or a tensor that a new record needs was collected meanwhile.
  package static let collectedMeanwhile = Self("collected_meanwhile", .busy)
}

extension CatalogDatabase {
  /// Those of the objects that no row names.
  package func unreferenced(_ digests: [Digest]) throws -> [Digest] {
    try read { database in try digests.filter { try !database.isReferenced($0) } }
  }

  /// Calls `remove` for each of the objects that no row names, while nobody can add such a row.
  ///
  /// Who records an object looks whether it is there in the same transaction, so it is either named
  /// before, and stays, or gone when they look, and written again.
  package func removeUnreferenced(
    _ digests: [Digest], _ remove: (Digest) throws -> Void
  ) throws {
    guard !digests.isEmpty else { return }
    try write { database in
      for digest in digests where try !database.isReferenced(digest) { try remove(digest) }
    }
  }
}

extension Database {
  /// Whether an image, a pack or a checkpoint has these bytes.
  func isReferenced(_ object: Digest) throws -> Bool {
    try number(
      """
      SELECT 1 WHERE EXISTS (SELECT 1 FROM checkpoints WHERE digest = ?1)
        OR EXISTS (SELECT 1 FROM packs WHERE digest = ?1)
        OR EXISTS (
          SELECT 1 FROM images WHERE digest = ?1 AND NOT EXISTS (
            SELECT 1 FROM collected_images WHERE image_id = images.id))
      """, [object.blob]) != nil
  }

  /// The error for what was there when a record was prepared, and is not when it is written.
  static func collectedMeanwhile(_ what: String) -> RegistryError {
    RegistryError(
      .collectedMeanwhile, "\(what) was collected by `registry gc` meanwhile.",
      remedy: "Run the same command again; nothing was changed.")
  }
}
