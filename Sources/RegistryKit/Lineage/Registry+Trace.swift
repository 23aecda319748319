private import Catalog
private import Diagnostics
private import FileSystem
private import Glibc
private import Tensors

extension Registry {
  /// The dataset versions that hold an image, the models that were trained on it, and all models
  /// that descend from these.
  ///
  /// The image is the path of a file, whose bytes are hashed, or a digest of 64 hexadecimal digits
  /// or at least the first 8 of them. A file of that name comes first.
  ///
  /// - Throws: `unknown_image`, `ambiguous_image`, `no_such_file`, `file_too_large`.
  /// - Complexity: O(*n* log *n*) in the answer and in the runs that read the dataset versions.
  public func trace(_ image: String) throws -> TraceResult {
    let digest = try digest(ofImage: image)
    let trace = try catalog.trace(digest)
    return TraceResult(
      digest: digest.hexadecimal,
      datasets: trace.occurrences.map { occurrence in
        .init(
          dataset: occurrence.dataset.name, version: occurrence.dataset.version,
          label: occurrence.label, split: occurrence.split.rawValue, path: occurrence.sourcePath,
          deleted: occurrence.isDeleted)
      },
      models: trace.models.compactMap { influence in
        guard let split = influence.ownSplit ?? influence.inheritedSplit else { return nil }
        return .init(
          model: influence.model.name, version: influence.model.version, run: influence.runID,
          relation: influence.ownSplit == nil ? .descendant : .trained, split: split.rawValue,
          inheritedSplit: influence.inheritedSplit?.rawValue, deleted: influence.isDeleted)
      })
  }

  private func digest(ofImage image: String) throws -> Digest {
    if Self.isDigest(image), access(image, F_OK) != 0 {
      return try catalog.image(digestPrefix: image)
    }
    let bytes = try FileSystemEntries.bytes(of: image, limit: limits.maximumImageBytes)
    let digest = Digest(of: bytes)
    if try catalog.hasImage(digest) { return digest }
    var error = try catalog.unknownImage(
      image, "The registry has no image with the bytes of \(image), digest \(digest).")
    let path = ImageIntake.absolute(image)
    if let former = try catalog.rememberedFiles([path])[path]?.digest {
      error = RegistryError(
        .unknownImage, "\(image) has changed since it was imported and is now another image.",
        place: .file(image),
        remedy: "Run `registry trace \(former)` for the image that it was.")
    }
    throw error
  }

  /// Whether a text is a digest or the beginning of one.
  private static func isDigest(_ text: String) -> Bool {
    (8...2 * Digest.byteCount).contains(text.utf8.count)
      && text.utf8.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
  }
}
