import Catalog
public import Diagnostics
private import Engine
private import ObjectStore
private import Tensors

extension Registry {
  /// Adds, removes, relabels and moves single images of a dataset: all of them, in one new version, or
  /// none.
  ///
  /// No other image is read or hashed, and what is done costs the change, not the dataset. The split
  /// of an addition is drawn as by an import.
  ///
  /// - Throws: `unknown_dataset`, `unknown_image` and `ambiguous_image` for what is not in the newest
  ///   version, `contradicting_edits`, `malformed_edit`, `one_label_each`, `rejected_images` for a file
  ///   that is no usable image, `bad_label_file`. Nothing is changed then.
  public func editDataset(
    _ request: DatasetEditRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> DatasetEditResult {
    let name = try Reference(parsing: request.dataset)
    guard case .newest = name.selector else {
      throw RegistryError(
        .malformedEdit, "\(request.dataset) is a version, and versions never change.",
        place: .subject(request.dataset), remedy: "Edit \(name.name): that makes its next version.")
    }
    let listed = try request.listing.map { try EditListing(path: $0, limits: limits).edits } ?? []
    let edits = request.edits + listed
    for edit in edits { try edit.check() }
    _ = try catalog.datasetVersion(name)
    return try recording { batch in
      let files = try acceptedFiles(
        edits.filter { $0.action == .add }.map(\.image), in: request.folder, batch,
        progress: progress, cancellation: cancellation)
      try batch.commit()
      // Somebody else may add a version between reading the newest one and writing the next.
      var attempts = 0
      while true {
        do {
          return try record(
            edits, files, remembersPaths: request.folder == nil,
            of: try catalog.datasetVersion(name))
        } catch let error as RegistryError where error.code == .datasetChanged && attempts < 5 {
          attempts += 1
        }
      }
    }
  }

  /// Reads the files that are to become images.
  private func acceptedFiles(
    _ paths: [String], in folder: String?, _ batch: ObjectBatch, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> [String: ImageIntake.Accepted] {
    let intake = ImageIntake(catalog: catalog, objects: objects, batch: batch, limits: limits)
    let outcomes = try intake.read(
      paths.map { path in folder.map { "\($0)/\(path)" } ?? path },
      threads: ComputeThread.availableCores, progress: progress, cancellation: cancellation)
    var files: [String: ImageIntake.Accepted] = [:]
    for (path, outcome) in zip(paths, outcomes) {
      switch outcome {
      case .image(let accepted): files[path] = accepted
      case .rejected(let reason):
        throw RegistryError(
          .rejectedImages, "\(path) is no usable image: \(reason)", place: .file(path),
          remedy: "Leave it out; nothing was changed.")
      }
    }
    return files
  }

  private func record(
    _ edits: [DatasetEdit], _ files: [String: ImageIntake.Accepted], remembersPaths: Bool,
    of version: DatasetVersionRecord
  ) throws -> DatasetEditResult {
    var changes = EditedImages(version)
    for edit in edits {
      if edit.action == .add, let file = files[edit.image] {
        try changes.add(edit, file)
      } else {
        // What is moved may just have come; what else is changed was there before.
        let added = edit.action == .move ? files[edit.image]?.record.digest : nil
        try changes.apply(edit, to: try added ?? digest(ofImage: edit.image, in: version))
      }
    }
    let current = try catalog.currentItems(of: version, changes.digestsOfOldImages)
    let plan = DatasetPlan(
      changes.entries,
      existing: Array(try catalog.neighbours(of: changes.entries, in: version)),
      draw: SplitDraw(fractions: SplitFractions(version.fractions), seed: version.seed))
    var (added, removed) = (Array(plan.added), plan.removed)
    for (digest, change) in changes.ofOldImages {
      guard let old = current[digest] else {
        throw notInDataset(change.image, version)
      }
      removed.append(digest)
      guard !change.isRemoved else { continue }
      let new = DatasetItem(
        digest: digest, labels: change.labels ?? old.labels, split: change.split ?? old.split,
        sourcePath: old.sourcePath, group: old.group, perceptualHash: old.perceptualHash)
      if new == old { removed.removeLast() } else { added.append(new) }
    }
    let arriving = Set(added.map(\.digest))
    let made = try catalog.recordImport(
      ImageImportDraft(
        dataset: version.dataset, baseVersion: version.version, seed: version.seed,
        fractions: version.fractions, isMultiLabel: version.isMultiLabel,
        images: files.values.map(\.record).filter { arriving.contains($0.digest) },
        files: remembersPaths
          ? files.compactMap { path, file in file.remembered(at: path) } : [],
        added: added, removed: removed))
    return try result(of: version, made, leaks: plan.leaks)
  }

  private func result(
    of former: DatasetVersionRecord, _ version: DatasetVersionRecord,
    leaks: [ImageImportResult.SplitLeak]
  ) throws -> DatasetEditResult {
    let difference = try datasetDifference(
      "\(former.dataset)@\(former.version)", "\(version.dataset)@\(version.version)")
    return DatasetEditResult(
      dataset: version.dataset, version: version.version, previousVersion: former.version,
      images: version.imageCount,
      changes: .init(
        added: difference.added.count, removed: difference.removed.count,
        relabelled: difference.relabelled.count, moved: difference.moved.count),
      labels: version.labels, splits: version.splitCounts, leaks: leaks)
  }

  /// The image that an edit means: the one from that path, else what `registry trace` takes it for.
  private func digest(
    ofImage image: String, in version: DatasetVersionRecord
  ) throws -> Digest {
    let fromPath = try catalog.currentItems(of: version, path: image)
    if fromPath.count > 1 {
      throw RegistryError(
        .ambiguousImage,
        "\(fromPath.count) images of \(version.dataset)@\(version.version) came from \(image).",
        place: .subject(image),
        remedy:
          "Name one by its digest: \(fromPath.map { "\($0.digest)" }.joined(separator: ", ")).")
    }
    if let item = fromPath.first { return item.digest }
    return try rememberedDigest(ofImage: image) ?? digest(ofImage: image)
  }

  private func notInDataset(_ image: String, _ version: DatasetVersionRecord) -> RegistryError {
    RegistryError(
      .unknownImage, "\(image) is not in \(version.dataset)@\(version.version).",
      place: .subject(image),
      remedy: "`registry trace \(image)` tells which datasets it is in.")
  }
}

/// What edits make of images, each of which has one fate.
private struct EditedImages {
  /// What becomes of an image of the dataset.
  struct Change {
    var image: String
    var isRemoved = false
    var labels: [String]?
    var split: Split?
  }

  private let version: DatasetVersionRecord
  /// The additions, in order.
  private var additions: [DatasetPlan.Entry] = []
  private var positions: [Digest: Int] = [:]
  private var changes: [Digest: Change] = [:]

  init(_ version: DatasetVersionRecord) { self.version = version }

  var entries: [DatasetPlan.Entry] { additions }

  /// The changes of images that the dataset has, in a fixed order.
  var ofOldImages: [(Digest, Change)] {
    changes.filter { positions[$0.key] == nil }.sorted { $0.key < $1.key }
  }

  var digestsOfOldImages: [Digest] { ofOldImages.map(\.0) }

  mutating func add(_ edit: DatasetEdit, _ file: ImageIntake.Accepted) throws {
    let digest = file.record.digest
    let labels = try labels(of: edit)
    if let position = positions[digest] {
      // The same bytes again are the same image.
      guard additions[position].labels == labels else { throw contradiction(edit) }
      return
    }
    if let change = changes[digest] {
      guard !change.isRemoved, change.labels == nil else { throw contradiction(edit) }
    }
    positions[digest] = additions.count
    additions.append(
      DatasetPlan.Entry(
        digest: digest, perceptualHash: file.record.perceptualHash, labels: labels,
        path: edit.image, split: try edit.knownSplit ?? changes[digest]?.split,
        group: edit.group))
  }

  mutating func apply(_ edit: DatasetEdit, to digest: Digest) throws {
    var change = changes[digest] ?? Change(image: edit.image)
    let position = positions[digest]
    switch edit.action {
    case .add: break
    case .remove:
      guard position == nil, change.labels == nil, change.split == nil else {
        throw contradiction(edit)
      }
      change.isRemoved = true
    case .relabel:
      let labels = try labels(of: edit)
      guard position == nil, !change.isRemoved, change.labels ?? labels == labels else {
        throw contradiction(edit)
      }
      change.labels = labels
    case .move:
      let split = try edit.knownSplit
      let former = position.flatMap { additions[$0].split } ?? change.split
      guard !change.isRemoved, former == nil || former == split else { throw contradiction(edit) }
      change.split = split
      if let position { additions[position].split = split }
    }
    changes[digest] = change
  }

  private func labels(of edit: DatasetEdit) throws -> [String] {
    guard version.isMultiLabel || edit.labels.count == 1 else {
      throw RegistryError(
        .oneLabelEach,
        "The images of \(version.dataset) have one label each, and \(edit.image) is to have "
          + "\(edit.labels.count).", place: .subject(version.dataset),
        remedy: "Give it one label, or import a label file with a column `labels`, which makes the "
          + "labels independent.")
    }
    return DatasetItem.ordered(edit.labels)
  }

  private func contradiction(_ edit: DatasetEdit) -> RegistryError {
    RegistryError(
      .contradictingEdits, "Two edits contradict each other about \(edit.image).",
      place: .subject(edit.image), remedy: "Say one thing about each image.")
  }
}

extension DatasetEdit {
  /// The split that the edit names.
  fileprivate var knownSplit: Split? {
    get throws {
      guard let split else { return nil }
      guard let known = ImageScan.split(named: split).flatMap(Split.init(rawValue:)) else {
        throw RegistryError(
          .unknownSplit, "There is no split \(split).", place: .subject(image),
          remedy: "Use train, validation or test.")
      }
      return known
    }
  }

  /// - Throws: `malformed_edit`, `unknown_split`.
  fileprivate func check() throws {
    _ = try knownSplit
    if image.isEmpty || image.utf8.contains(0) {
      throw RegistryError(
        .malformedEdit, "An edit names no image.", remedy: "Give a path or a digest.")
    }
    if let problem = labels.lazy.compactMap(LabelRule.problem).first {
      throw RegistryError(
        .malformedEdit, "\(image) is to have a label that \(problem).", place: .subject(image),
        remedy: LabelRule.remedy)
    }
  }
}

extension RegistryError.Code {
  /// Two edits of one request say different things about an image.
  package static let contradictingEdits = Self("contradicting_edits", .usage)
  /// An edit names no image, an impossible label, or a version in place of a dataset.
  package static let malformedEdit = Self("malformed_edit", .usage)
  /// An image is to have several labels or none in a dataset whose images have one each.
  package static let oneLabelEach = Self("one_label_each", .badInput)
}
