import Catalog
public import Diagnostics
private import Engine
private import ObjectStore
private import Tensors

extension Registry {
  /// Imports image files as a new version of a dataset.
  ///
  /// Every file is decoded and checked; what is no usable image is left out and listed, or, when
  /// the request is strict, refuses the import. Bytes are stored once. An import that changes
  /// nothing makes no version.
  ///
  /// - Throws: `no_images` when no usable image was found, `rejected_images` for a strict request,
  ///   `bad_label_file`, `malformed_split`, `interrupted`, and what the disk reports. Nothing is
  ///   changed then.
  public func importImages(
    _ request: ImageImportRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> ImageImportResult {
    try NameRule.check(request.dataset, "dataset")
    try request.split?.check()
    let scan = try scan(request)
    return try recording { batch in
      try importImages(
        request, scan, batch, progress: progress, cancellation: cancellation)
    }
  }

  private func importImages(
    _ request: ImageImportRequest, _ scan: ImageScan, _ batch: ObjectBatch,
    progress: any ProgressObserver, cancellation: Cancellation
  ) throws -> ImageImportResult {
    let intake = ImageIntake(catalog: catalog, objects: objects, batch: batch, limits: limits)
    let outcomes = try intake.read(
      scan.candidates.indices.lazy.map { scan.candidates.path(at: $0) },
      threads: ComputeThread.availableCores, progress: progress, cancellation: cancellation)
    let selection = ImageSelection(scan, outcomes)
    guard !selection.entries.isEmpty else { throw noImages(request, selection.rejected) }
    if request.isStrict, let first = selection.rejected.first {
      throw RegistryError(
        .rejectedImages,
        "\(selection.rejected.count) of \(scan.candidates.count + scan.rejected.count) files are no "
          + "usable images. The first is \(first.path): \(first.reason)",
        place: .file(first.path),
        remedy: "Remove them, or import without --strict, which leaves them out and lists them.")
    }
    try batch.commit()
    // Another import may add a version between reading the newest one and writing the next.
    var attempts = 0
    while true {
      do {
        return try record(selection, request)
      } catch let error as RegistryError where error.code == .datasetChanged && attempts < 5 {
        attempts += 1
      }
    }
  }

  private func scan(_ request: ImageImportRequest) throws -> ImageScan {
    switch request.labels {
    case .folders:
      if case .column(let column)? = request.grouping {
        throw RegistryError(
          .ungroupable, "There is no column \(column) without a label file.",
          place: .subject("--group-by"),
          remedy: "Pass --labels FILE with that column, or --group-by folder.")
      }
      return try ImageScan(folders: request.paths, grouping: request.grouping)
    case .file(let path):
      return try ImageScan(listing: path, roots: request.paths, grouping: request.grouping)
    }
  }

  private func noImages(
    _ request: ImageImportRequest, _ rejected: [ImageImportResult.RejectedFile]
  ) -> RegistryError {
    let found =
      rejected.first.map {
        "\(rejected.count) files were found and none is usable. The first is \($0.path): "
          + $0.reason
      } ?? "There are no images in \(request.paths.joined(separator: ", "))."
    return RegistryError(
      .noImages, found, place: .file(rejected.first?.path ?? request.paths.first ?? ""),
      remedy: "Name a folder that holds one folder of PNG or JPEG files for each label.")
  }

  /// Writes the new version, computed against the newest one.
  private func record(
    _ selection: ImageSelection, _ request: ImageImportRequest
  ) throws -> ImageImportResult {
    let newest = try catalog.newestDatasetVersion(named: request.dataset)
    let isMultiLabel = newest?.isMultiLabel ?? false || selection.isMultiLabel
    let fractions = request.split ?? newest.map { SplitFractions($0.fractions) } ?? .standard
    let seed = request.seed ?? newest?.seed ?? 0
    let redraws =
      newest.map { SplitFractions($0.fractions) != fractions || $0.seed != seed } ?? false
    let entries = selection.entries
    let existing = try newest.map {
      redraws ? try catalog.itemList(of: $0) : try catalog.neighbours(of: entries, in: $0)
    }
    let known = existing ?? ItemList()
    let plan = DatasetPlan(
      entries, existing: known.indices.lazy.map { known[$0] },
      draw: SplitDraw(fractions: fractions, seed: seed), redraws: redraws)
    let version = try catalog.recordImport(
      ImageImportDraft(
        dataset: request.dataset, baseVersion: newest?.version, seed: seed,
        fractions: fractions.record, isMultiLabel: isMultiLabel,
        images: selection.images(of: plan), files: selection.files, added: plan.added,
        removed: plan.removed))
    return ImageImportResult(
      dataset: version.dataset, version: version.version,
      images: .init(
        added: selection.addedCount, alreadyStored: selection.storedCount,
        duplicates: selection.duplicateCount, rejected: selection.rejected.count),
      labels: version.labels, splits: version.splitCounts,
      labelSplits: version.labelSplitCounts, unlabelled: version.unlabelledCount,
      multiLabel: version.isMultiLabel, rejected: selection.rejected, leaks: plan.leaks)
  }
}

extension SplitFractions {
  init(_ record: SplitShares) {
    self.init(train: record.train, validation: record.validation, test: record.test)
  }

  var record: SplitShares {
    SplitShares(train: train, validation: validation, test: test)
  }
}

extension RegistryError.Code {
  /// No usable image was found where some were to be imported.
  package static let noImages = Self("no_images", .badInput)
  /// A strict import met files that are no usable images.
  package static let rejectedImages = Self("rejected_images", .badInput)
  /// Images are to be grouped by what is not known of them.
  package static let ungroupable = Self("ungroupable", .usage)
}
