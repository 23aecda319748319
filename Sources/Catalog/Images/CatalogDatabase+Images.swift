private import Diagnostics
import GRDB
package import Tensors

extension CatalogDatabase {
  /// What the files at these paths were when they were imported, by path; unknown ones are left out.
  ///
  /// - Complexity: O(paths).
  package func rememberedFiles(_ paths: [String]) throws -> [String: RememberedFile] {
    try read { database in
      var files: [String: RememberedFile] = [:]
      for path in paths {
        files[path] = try database.first(
          """
          SELECT files.byte_count, modified_nanoseconds, inode, device, images.digest
          FROM files JOIN images ON images.id = files.image_id
          WHERE files.path = ?
          """, [path]
        ) {
          RememberedFile(
            path: path, byteCount: try $0.next(), modifiedNanoseconds: try $0.next(),
            inode: try $0.next(), device: try $0.next(), digest: try $0.nextDigest())
        }
      }
      return files
    }
  }

  /// Whether the bytes of an image are kept: it is known and was not collected.
  package func keepsImage(_ digest: Digest) throws -> Bool {
    try read { database in
      guard let id = try database.imageID(digest) else { return false }
      return try !database.isCollected(image: id)
    }
  }

  /// What is known about these images; unknown ones are left out.
  ///
  /// - Complexity: O(digests).
  package func images(_ digests: [Digest]) throws -> [Digest: ImageRecord] {
    try read { database in
      var images: [Digest: ImageRecord] = [:]
      for digest in digests {
        images[digest] = try database.image(digest)
      }
      return images
    }
  }
}

extension Database {
  /// What is known about an image; `nil` if it is unknown.
  func image(_ digest: Digest) throws -> ImageRecord? {
    try first(
      """
      SELECT byte_count, width, height, format, channels, bit_depth, orientation, has_alpha,
        has_color_profile, perceptual_hash, warning
      FROM images WHERE digest = ?
      """, [digest.blob]
    ) {
      ImageRecord(
        digest: digest, byteCount: try $0.next(), width: try $0.next(), height: try $0.next(),
        format: try $0.next(), channels: try $0.next(), bitDepth: try $0.next(),
        orientation: try $0.next(), hasAlpha: try $0.next(), hasColorProfile: try $0.next(),
        perceptualHash: UInt64(bitPattern: try $0.next()), warning: try $0.next())
    }
  }

  /// Records an image unless it is known and its bytes are kept.
  ///
  /// - Throws: `collected_meanwhile` when the bytes are not in the store.
  func recordImage(_ image: ImageRecord, isStored: (Digest) -> Bool) throws {
    let known = try number(
      """
      SELECT id FROM images WHERE digest = ? AND NOT EXISTS (
        SELECT 1 FROM collected_images WHERE image_id = images.id)
      """, [image.digest.blob])
    if known != nil { return }
    guard isStored(image.digest) else {
      throw Self.collectedMeanwhile("The image \(image.digest)")
    }
    try change(
      """
      INSERT INTO images (digest, byte_count, width, height, format, channels, bit_depth,
        orientation, has_alpha, has_color_profile, perceptual_hash, warning)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING
      """,
      [
        image.digest.blob, image.byteCount, image.width, image.height, image.format,
        image.channels, image.bitDepth, image.orientation, image.hasAlpha, image.hasColorProfile,
        Int64(bitPattern: image.perceptualHash), image.warning,
      ])
    try change(
      """
      DELETE FROM collected_images
      WHERE image_id = (SELECT id FROM images WHERE digest = ?)
      """, [image.digest.blob])
  }

  /// Whether the bytes of an image are not kept any more.
  func isCollected(image id: Int64) throws -> Bool {
    try number("SELECT 1 FROM collected_images WHERE image_id = ?", [id]) != nil
  }

  /// Records what a file is now.
  func rememberFile(_ file: RememberedFile, imageID: Int64) throws {
    try change(
      """
      INSERT INTO files (path, byte_count, modified_nanoseconds, inode, device, image_id)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (path) DO UPDATE SET byte_count = excluded.byte_count,
        modified_nanoseconds = excluded.modified_nanoseconds, inode = excluded.inode,
        device = excluded.device, image_id = excluded.image_id
      """,
      [file.path, file.byteCount, file.modifiedNanoseconds, file.inode, file.device, imageID])
  }

  /// The row of an image; `nil` if it is unknown.
  func imageID(_ digest: Digest) throws -> Int64? {
    try number("SELECT id FROM images WHERE digest = ?", [digest.blob])
  }
}
