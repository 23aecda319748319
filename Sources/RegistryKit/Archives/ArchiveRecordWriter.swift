package import Catalog
private import Diagnostics
package import FileSystem
private import Networks
package import Tensors

/// Writes the records of a selection, line by line.
package struct ArchiveRecordWriter {
  /// A safetensors file that belongs to the archive.
  package struct PackContents {
    package let versionID: Int64
    package let tensors: [ArchiveRecord.PackedTensor]
  }

  /// The tensors that follow, in the order of their files.
  package private(set) var packs: [PackContents] = []
  /// The models that were written.
  package private(set) var models: [ModelName] = []
  /// The identifiers of the runs that were written.
  package private(set) var runs: [String] = []
  package private(set) var imageCount = 0
  package private(set) var signatureCount = 0
  package private(set) var recallCount = 0
  private let file: ScratchFile
  private let snapshot: CatalogSnapshot
  private var hasher = DigestHasher()
  private var images: Set<Digest> = []
  private var known: Set<Digest> = []

  /// A writer that has written nothing yet.
  package init(to file: ScratchFile, _ snapshot: CatalogSnapshot) {
    self.file = file
    self.snapshot = snapshot
  }

  /// The SHA-256 of all that was written.
  package var digest: Digest { hasher.finalize() }

  /// Writes everything that the selection needs.
  ///
  /// - Throws: `unfinished_run` and what writing reports.
  package mutating func write(_ selection: ArchiveSelection, _ cancellation: Cancellation) throws {
    for (name, newest) in selection.datasets.sorted(by: { $0.key < $1.key }) {
      for version in 1...newest {
        try cancellation.check("Writing the archive")
        guard let record = try snapshot.datasetVersion(named: name, version) else { continue }
        try write(record)
      }
    }
    for id in selection.versions {
      try cancellation.check("Writing the archive")
      try write(try snapshot.modelVersion(id: id))
    }
    for run in selection.otherRuns { try write(try snapshot.run(run)) }
    let selected = Set(models)
    for id in selection.versions { try writeAliases(of: id, selected) }
    try writeAnnotations(of: selection)
    for id in selection.versions { try writeSignatures(of: id) }
    for id in selection.versions {
      for recall in try snapshot.recalls(ofModelVersion: id) {
        try put(.recall(.init(recall)))
        recallCount += 1
      }
    }
  }

  private mutating func writeAnnotations(of selection: ArchiveSelection) throws {
    for name in Set(models.map(\.model)).sorted() { try writeAnnotation(of: .model, name) }
    for model in models {
      try writeAnnotation(of: .modelVersion, model.model, version: model.version)
    }
    for (name, newest) in selection.datasets.sorted(by: { $0.key < $1.key }) {
      try writeAnnotation(of: .dataset, name)
      for version in 1...newest {
        try writeAnnotation(of: .datasetVersion, name, version: version)
      }
    }
    for run in runs { try writeAnnotation(of: .run, run) }
  }

  private mutating func writeAnnotation(
    of kind: Subject.Kind, _ name: String, version: Int? = nil
  ) throws {
    guard let id = try snapshot.subjectID(kind, name, version: version) else { return }
    let written = try snapshot.annotations(of: kind, id)
    guard !written.tags.isEmpty || written.note != nil else { return }
    try put(
      .annotation(
        .init(
          kind: kind.rawValue, name: name, version: version, tags: written.tags,
          note: written.note)))
  }

  private mutating func write(_ version: DatasetVersionRecord) throws {
    var fresh: [Digest] = []
    var (removed, added) = (0, 0)
    try snapshot.eachRemoval(version) { _ in removed += 1 }
    try snapshot.eachAddition(version) { item in
      added += 1
      if images.insert(item.digest).inserted { fresh.append(item.digest) }
    }
    for digest in fresh {
      guard let image = try snapshot.image(digest) else { continue }
      guard !image.isCollected else {
        throw RegistryError(
          .collected, "\(version.reference) was deleted, and its images were collected.",
          place: .subject("\(version.reference)"),
          remedy: "What was made from it cannot be archived any more.")
      }
      try put(.image(.init(image.record)))
      imageCount += 1
    }
    try put(.datasetVersion(.init(version, removed: removed, added: added)))
    try snapshot.eachRemoval(version) { try put(.removed(.init(image: $0))) }
    try snapshot.eachAddition(version) { try put(.added(.init($0))) }
  }

  private mutating func write(_ version: ModelVersionRecord) throws {
    if let run = version.runID { try write(try snapshot.run(run)) }
    for text in [
      version.backbone, version.head, version.labels, version.preprocessing, version.freezePlan,
      version.source,
    ] where known.insert(Digest(of: Array(text.utf8))).inserted {
      try put(.document(.init(content: text)))
    }
    var fresh: [ArchiveRecord.PackedTensor] = []
    for tensor in try snapshot.tensorDescriptions(ofModelVersion: version.id)
    where known.insert(tensor.digest).inserted {
      guard let type = ScalarType(rawValue: tensor.scalarType) else {
        throw RegistryError(
          .damagedPack, "The tensor \(tensor.name) of \(version.reference) has no known type.",
          place: Place(tensor: tensor.name, subject: "\(version.reference)"),
          remedy: "Run `registry verify` to see what is affected.")
      }
      fresh.append(
        .init(
          name: tensor.name, type: type, shape: try Shape(checking: tensor.shape),
          digest: tensor.digest))
    }
    if !fresh.isEmpty {
      packs.append(PackContents(versionID: version.id, tensors: fresh))
      try put(.pack(.init(tensors: fresh)))
    }
    let groups = try snapshot.tensorGroups(ofModelVersion: version.id)
    for group in groups where known.insert(CatalogSnapshot.digest(ofGroup: group)).inserted {
      try put(.group(.init(tensors: group.map { [$0.name, $0.digest.hexadecimal] })))
    }
    try put(.modelVersion(.init(version, groups: groups)))
    models.append(ModelName(model: version.model, version: version.version))
  }

  private mutating func write(_ run: RunRecord) throws {
    guard let endedAt = run.endedAt else {
      throw RegistryError(
        .unfinishedRun, "The run \(run.id) has not ended.", place: .subject(run.id),
        remedy: "Run `registry verify`: a version is there only after its run has ended.")
    }
    var count = 0
    try snapshot.eachMetricPoint(ofRun: run.id) { _ in count += 1 }
    try put(.run(.init(run, endedAt: endedAt, points: count)))
    runs.append(run.id)
    var key = ""
    var points: [ArchiveRecord.Point] = []
    try snapshot.eachMetricPoint(ofRun: run.id) { point in
      if point.key != key || points.count == ArchiveRecord.Points.maximumCount {
        if !points.isEmpty { try put(.points(.init(key: key, points: points))) }
        points = []
      }
      key = point.key
      points.append(.init(point))
    }
    if !points.isEmpty { try put(.points(.init(key: key, points: points))) }
  }

  private mutating func writeAliases(of id: Int64, _ selected: Set<ModelName>) throws {
    let version = try snapshot.modelVersion(id: id)
    func isSelected(_ number: Int) -> Bool {
      selected.contains(ModelName(model: version.model, version: number))
    }
    for alias in try snapshot.aliases(ofModelVersion: id) {
      let moves = try snapshot.aliasHistory(alias, model: version.model)
        .filter { $0.version.map(isSelected) ?? $0.previousVersion.map(isSelected) ?? false }
        .map { change in
          ArchiveRecord.Move(
            version: change.version,
            previousVersion: change.previousVersion.flatMap { isSelected($0) ? $0 : nil },
            changedAt: change.changedAt.microseconds, changedBy: change.changedBy)
        }
      try put(.alias(.init(model: version.model, name: alias, changes: moves)))
    }
  }

  private mutating func writeSignatures(of id: Int64) throws {
    let signed = try snapshot.signedStatements(ofModelVersion: id)
    guard !signed.isEmpty else { return }
    let version = try snapshot.modelVersion(id: id)
    let name = ModelName(model: version.model, version: version.version)
    for statement in signed {
      for signature in statement.signatures {
        try put(.signature(.init(signature, under: statement.statement.digest, of: name)))
        signatureCount += 1
      }
    }
  }

  private mutating func put(_ record: ArchiveRecord) throws {
    let line = Array((try CanonicalJSON.text(of: record) + "\n").utf8)
    try line.withUnsafeBytes {
      try file.write($0)
      hasher.update($0)
    }
  }
}
