package import Catalog
private import Diagnostics
private import Networks
package import Tensors

/// Takes what of an archive is new to the registry, in an order in which each comes after what it
/// refers to.
package protocol ArchiveSink {
  mutating func add(_ image: ImageRecord) throws
  mutating func add(_ version: ArchivedDatasetVersion) throws
  mutating func add(_ pack: ArchiveRecord.Pack) throws
  mutating func begin(_ run: ArchiveRecord.Run) throws
  func append(_ points: [MetricPoint]) throws
  func end(_ run: ArchiveRecord.Run) throws
  mutating func add(
    _ version: ArchiveRecord.ModelVersion, documents: [Digest: String], groups: [[NamedTensor]],
    pack: Int?
  ) throws
  mutating func add(_ alias: ArchiveRecord.Alias) throws
  func add(_ annotation: ArchiveRecord.Annotation) throws
  mutating func add(_ signature: ArchiveRecord.Signature) throws
  mutating func add(_ recall: ArchiveRecord.Recall) throws
}

/// Notes which files an archive must have, and writes nothing.
package struct ArchiveFileList: ArchiveSink {
  package private(set) var packs: [ArchiveRecord.Pack] = []
  package private(set) var images: [(digest: Digest, byteCount: Int)] = []

  package init() {}

  package mutating func add(_ image: ImageRecord) { images.append((image.digest, image.byteCount)) }
  package mutating func add(_ pack: ArchiveRecord.Pack) { packs.append(pack) }
  package func add(_ version: ArchivedDatasetVersion) {}
  package func begin(_ run: ArchiveRecord.Run) {}
  package func append(_ points: [MetricPoint]) {}
  package func end(_ run: ArchiveRecord.Run) {}
  package func add(
    _ version: ArchiveRecord.ModelVersion, documents: [Digest: String], groups: [[NamedTensor]],
    pack: Int?
  ) {}
  package func add(_ alias: ArchiveRecord.Alias) {}
  package func add(_ annotation: ArchiveRecord.Annotation) {}
  package func add(_ signature: ArchiveRecord.Signature) {}
  package func add(_ recall: ArchiveRecord.Recall) {}
}

/// Writes the rows of what is new.
package struct ArchiveRows: ArchiveSink {
  package private(set) var images = ArchiveImportResult.Count()
  package private(set) var aliases = ArchiveImportResult.Count()
  package private(set) var signatures = ArchiveImportResult.Count()
  package private(set) var signaturesLeftOut = 0
  package private(set) var recalls = ArchiveImportResult.Count()
  private let transaction: ArchiveTransaction
  /// What became of each pack; `nil` for one whose tensors were all there.
  private let packs: [PackDraft?]
  private let isRenamed: Bool
  private var statements: StatementWriter
  private var packIndex = 0
  private var openRun: (row: Int64, record: RunRecord)?

  package init(_ transaction: ArchiveTransaction, packs: [PackDraft?], isRenamed: Bool) {
    self.transaction = transaction
    self.packs = packs
    self.isRenamed = isRenamed
    statements = StatementWriter(transaction.snapshot)
  }

  package mutating func add(_ image: ImageRecord) throws {
    images.count(isNew: try transaction.snapshot.image(image.digest) == nil)
    try transaction.add(image)
  }

  package mutating func add(_ block: ArchivedDatasetVersion) throws {
    let version = block.version
    try transaction.add(
      ImageImportDraft(
        dataset: version.dataset, baseVersion: version.version == 1 ? nil : version.version - 1,
        seed: version.seed,
        fractions: SplitShares(
          train: version.fractions[0], validation: version.fractions[1],
          test: version.fractions[2]),
        isMultiLabel: version.isMultiLabel, added: block.added, removed: block.removed,
        createdAt: Timestamp(microseconds: version.createdAt)))
    guard
      try dataset(.init(name: version.dataset, version: version.version)).imageCount
        == version.images
    else { throw RegistryError.damagedArchive("\(version.dataset) has other images than it says") }
  }

  package mutating func add(_ pack: ArchiveRecord.Pack) throws {
    if let draft = packs[packIndex] { try transaction.add(draft) }
    packIndex += 1
  }

  package mutating func begin(_ run: ArchiveRecord.Run) throws {
    guard let kind = RunKind(rawValue: run.kind), let state = RunState(rawValue: run.state) else {
      throw RegistryError.damagedArchive("the run \(run.id) is impossible")
    }
    let record = RunRecord(
      id: run.id, kind: kind, state: state, model: run.model,
      base: try run.base.map { try model($0).reference }, produced: nil,
      datasets: try run.datasets.map { try dataset($0).reference }, parameters: run.parameters,
      seed: run.seed, host: run.host, program: run.program,
      startedAt: Timestamp(microseconds: run.startedAt),
      endedAt: Timestamp(microseconds: run.endedAt), message: run.message)
    openRun = (try transaction.begin(record), record)
  }

  package func append(_ points: [MetricPoint]) throws {
    guard let openRun else { preconditionFailure("points belong to a run") }
    try transaction.append(points, toRun: openRun.row)
  }

  package func end(_ run: ArchiveRecord.Run) throws {
    guard let openRun else { preconditionFailure("a run ends that was begun") }
    try transaction.end(openRun.row, openRun.record)
  }

  package mutating func add(
    _ version: ArchiveRecord.ModelVersion, documents: [Digest: String], groups: [[NamedTensor]],
    pack: Int?
  ) throws {
    func text(_ digest: Digest) throws -> String {
      guard let text = documents[digest] else {
        throw RegistryError.damagedArchive("a text of \(version.name.text) is missing")
      }
      return text
    }
    guard let origin = ModelOrigin(rawValue: version.origin) else {
      throw RegistryError.damagedArchive("\(version.name.text) is impossible")
    }
    if let run = version.run, try transaction.snapshot.run(run).produced != nil {
      throw RegistryError(
        .archiveConflict, "The run \(run) has made another version here.", place: .subject(run),
        remedy: "Nothing was changed. Import the archive without --rename: its models are here.")
    }
    let draft = ModelVersionDraft(
      model: version.model, origin: origin, architecture: version.architecture,
      backbone: try text(version.backbone), head: try text(version.head),
      labels: try text(version.labels), preprocessing: try text(version.preprocessing),
      freezePlan: try text(version.freezePlan), source: try text(version.source),
      baseID: try version.base.map { try model($0).id }, parameterCount: version.parameters,
      inheritedLayers: version.inheritedLayers, retrainedLayers: version.retrainedLayers,
      addedLayers: version.addedLayers, droppedLayers: version.droppedLayers,
      sharedBytes: version.sharedBytes, newBytes: version.newBytes,
      ownByteCount: pack.flatMap { packs[$0]?.byteCount } ?? 0,
      tensorGroups: groups, packs: [],
      datasetVersionIDs: try version.datasets.map { try dataset($0).id })
    _ = try transaction.add(
      draft, version: version.version, createdAt: Timestamp(microseconds: version.createdAt),
      run: version.run)
  }

  package mutating func add(_ alias: ArchiveRecord.Alias) throws {
    let isNew = try !transaction.snapshot.hasAlias(alias.name, model: alias.model)
    aliases.count(isNew: isNew)
    guard isNew else { return }
    try transaction.add(
      alias: alias.name, model: alias.model,
      alias.changes.map {
        AliasChange(
          alias: alias.name, version: $0.version, previousVersion: $0.previousVersion,
          changedAt: Timestamp(microseconds: $0.changedAt), changedBy: $0.changedBy)
      })
  }

  package func add(_ annotation: ArchiveRecord.Annotation) throws {
    guard let kind = Subject.Kind(rawValue: annotation.kind),
      let id = try transaction.snapshot.subjectID(
        kind, annotation.name, version: annotation.version)
    else { throw RegistryError.damagedArchive("a tag or note is about nothing") }
    try transaction.add(
      Annotations(tags: annotation.tags, note: annotation.note), to: kind, id)
  }

  package mutating func add(_ signature: ArchiveRecord.Signature) throws {
    let name = ArchiveRecord.Name(name: signature.model, version: signature.version)
    let (own, chain) = try statements.statement(of: try model(name))
    guard own.digest == signature.statement else {
      // Names are part of what was signed.
      guard isRenamed else {
        throw RegistryError.damagedArchive("\(name.text) is not what was signed")
      }
      signaturesLeftOut += 1
      return
    }
    guard let record = signature.record,
      VerificationKey(bytes: record.publicKey)?.isValid(record.signature, under: own.text) == true
    else { throw RegistryError.damagedArchive("a signature of \(name.text) is not valid") }
    signatures.count(isNew: try transaction.add(chain.map(\.record), signature: record))
  }

  package mutating func add(_ recall: ArchiveRecord.Recall) throws {
    let name = ArchiveRecord.Name(name: recall.model, version: recall.version)
    guard let draft = recall.draft else {
      throw RegistryError.damagedArchive("a recall of \(name.text) is impossible")
    }
    recalls.count(isNew: try transaction.add(draft, ofModelVersion: try model(name).id))
  }

  private func model(_ name: ArchiveRecord.Name) throws -> ModelVersionRecord {
    guard let record = try transaction.snapshot.modelVersion(named: name.name, name.version) else {
      throw RegistryError.damagedArchive("\(name.text) is missing")
    }
    return record
  }

  private func dataset(_ name: ArchiveRecord.Name) throws -> DatasetVersionRecord {
    guard let record = try transaction.snapshot.datasetVersion(named: name.name, name.version)
    else { throw RegistryError.damagedArchive("the dataset \(name.text) is missing") }
    return record
  }
}
