private import Catalog
private import Diagnostics
private import FileSystem
private import Glibc
import Tensors

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
          label: occurrence.label, labels: occurrence.labels,
          split: occurrence.split.rawValue, path: occurrence.sourcePath,
          deleted: occurrence.isDeleted)
      },
      models: try influences(trace.models))
  }

  /// The dataset versions that hold images with a label, or those of a dataset, the models that were
  /// trained on them, and all models that descend from these.
  ///
  /// A dataset without a version means all its versions.
  ///
  /// - Throws: `unknown_dataset`, `unknown_dataset_version`, `unknown_image_label`,
  ///   `malformed_request` when neither is given.
  /// - Complexity: O(*n* log *n*) in the answer and in the runs that read the dataset versions.
  public func trace(dataset: String?, label: String?) throws -> DatasetTraceResult {
    guard dataset != nil || label != nil else {
      throw RegistryError(
        .malformedRequest, "A trace begins with a dataset or a label.",
        place: .subject("--dataset"), remedy: "Name one.")
    }
    let reference = try dataset.map { try Reference(parsing: $0) }
    let trace = try catalog.trace(TraceSubject(dataset: reference, label: label))
    return DatasetTraceResult(
      dataset: reference?.description, label: label,
      datasets: trace.occurrences.map { occurrence in
        .init(
          dataset: occurrence.dataset.name, version: occurrence.dataset.version,
          images: occurrence.splits.values.reduce(0, +),
          splits: Dictionary(
            uniqueKeysWithValues: Split.allCases.map {
              ($0.rawValue, occurrence.splits[$0] ?? 0)
            }))
      },
      models: try influences(trace.models))
  }

  /// The runs that produced a number: those of which the metric's last, least or greatest value is
  /// written so.
  ///
  /// `tolerance` is how far the value may be from the number: half a unit of the last digit of one
  /// that was rounded.
  ///
  /// - Returns: The runs, those whose values are nearest first.
  /// - Throws: `malformed_request` for a number that is not finite.
  /// - Complexity: O(*n* log *n*) in the runs with such a value.
  public func trace(
    metric: String, value: Double, tolerance: Double, limit: Int = 50
  ) throws -> MetricTraceResult {
    guard value.isFinite, tolerance.isFinite, tolerance >= 0, limit > 0 else {
      throw RegistryError(
        .malformedRequest, "A run is found by a finite number.", place: .subject("--metric"),
        remedy: "Give a number such as 0.973 or 97.3%.")
    }
    let origins = try catalog.origins(
      ofMetric: metric, in: value - tolerance...value + tolerance, limit: limit)
    let runs = try catalog.runs(origins.map(\.run))
    return MetricTraceResult(
      metric: metric, value: value, tolerance: tolerance,
      runs: zip(origins, runs).map { origin, found in
        .init(
          run: found.run.id, kind: found.run.kind.rawValue, model: found.run.model,
          base: found.run.base.map { ModelName(model: $0.name, version: $0.version) },
          produced: found.run.produced.map { ModelName(model: $0.name, version: $0.version) },
          datasets: found.run.datasets.map(\.description), value: origin.value,
          statistic: origin.statistic.rawValue, startedAt: found.run.startedAt.iso8601)
      })
  }

  private func influences(_ found: [ImageInfluence]) throws -> [TraceResult.Influence] {
    let recalls = try catalog.recalls(coveringVersions: found.map(\.model.id))
    return found.compactMap { influence in
      guard let split = influence.ownSplit ?? influence.inheritedSplit else { return nil }
      return TraceResult.Influence(
        model: influence.model.name, version: influence.model.version, run: influence.runID,
        relation: influence.ownSplit == nil ? .descendant : .trained, split: split.rawValue,
        inheritedSplit: influence.inheritedSplit?.rawValue, deleted: influence.isDeleted,
        recalled: (recalls[influence.model.id] ?? []).map(Recall.init))
    }
  }

  /// The digest of a file that is as it was when it was imported, without reading it; `nil` for any
  /// other text.
  func rememberedDigest(ofImage image: String) throws -> Digest? {
    guard let identity = try? FileIdentity(path: image) else { return nil }
    let path = ImageIntake.absolute(image)
    guard let file = try catalog.rememberedFiles([path])[path], file.identity == identity else {
      return nil
    }
    return file.digest
  }

  /// The digest of an image of the registry that a file or a digest names.
  func digest(ofImage image: String) throws -> Digest {
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
