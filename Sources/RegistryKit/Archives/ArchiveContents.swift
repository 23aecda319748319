package import Catalog
package import Diagnostics
package import Tensors

/// A dataset version of an archive with all of its lines.
package struct ArchivedDatasetVersion {
  package let version: ArchiveRecord.DatasetVersion
  package fileprivate(set) var removed: [Digest] = []
  package fileprivate(set) var added: [DatasetItem] = []

  fileprivate init(_ version: ArchiveRecord.DatasetVersion) { self.version = version }

  fileprivate var isWhole: Bool {
    removed.count == version.removed && added.count == version.added
  }
}

/// Takes the records of an archive one after the other, holds them to their order and to what they
/// refer to, and compares what the registry has already.
///
/// What is new goes to a sink; the rest is counted.
package struct ArchiveContents<Sink: ArchiveSink> {
  package private(set) var sink: Sink
  /// The model versions, in the order of the archive.
  package private(set) var versions: [(version: ArchiveRecord.ModelVersion, isNew: Bool)] = []
  package private(set) var datasetVersions = ArchiveImportResult.Count()
  package private(set) var runs = ArchiveImportResult.Count()
  private let snapshot: CatalogSnapshot
  private let limits: InputLimits
  private var block: Block?
  private var images: Set<Digest> = []
  private var newestDatasets: [String: Int] = [:]
  private var runIDs: Set<String> = []
  private var documents: [Digest: String] = [:]
  private var groups: [Digest: [NamedTensor]] = [:]
  private var tensors: [Digest: ArchiveRecord.PackedTensor] = [:]
  private var models: [ArchiveRecord.Name: ArchiveRecord.ModelVersion] = [:]
  private var recalls: [ArchiveRecord.Name: [ArchiveRecord.Recall]] = [:]
  private var packCount = 0
  /// The pack that the next version brought.
  private var packOfNext: Int?
  private var latestModel: (name: ArchiveRecord.Name, model: ArchivedModel)?

  /// A record whose lines are not all there yet.
  private enum Block {
    case dataset(ArchivedDatasetVersion)
    case run(RunBlock)
  }

  private struct RunBlock {
    let run: ArchiveRecord.Run
    let isNew: Bool
    var count = 0
    /// What is compared with the run that is there.
    var hasher = DigestHasher()
  }

  package init(_ sink: Sink, _ snapshot: CatalogSnapshot, limits: InputLimits) {
    self.sink = sink
    self.snapshot = snapshot
    self.limits = limits
  }

  /// Takes the next record.
  ///
  /// - Throws: `damaged_archive`; `archive_conflict` when the registry has something else under the
  ///   same name.
  package mutating func take(_ record: ArchiveRecord) throws {
    if block != nil { return try continueBlock(record) }
    switch record {
    case .image(let image): try take(image)
    case .datasetVersion(let version): try begin(version)
    case .document(let document):
      documents[Digest(of: Array(document.content.utf8))] = document.content
    case .pack(let pack): try take(pack)
    case .group(let group): try take(group)
    case .run(let run): try begin(run)
    case .modelVersion(let version): try take(version)
    case .alias(let alias): try take(alias)
    case .annotation(let annotation): try take(annotation)
    case .signature(let signature): try take(signature)
    case .recall(let recall): try take(recall)
    case .removed, .added, .points: throw RegistryError.damagedArchive("a record is out of place")
    }
  }

  /// Says that there are no more records.
  ///
  /// - Throws: `damaged_archive` when the last one is not whole.
  package func finish() throws {
    guard block == nil else { throw RegistryError.damagedArchive("the last record is not whole") }
  }

  private mutating func take(_ image: ArchiveRecord.Image) throws {
    guard let record = image.record(limits: limits), images.insert(image.digest).inserted else {
      throw RegistryError.damagedArchive("an image is impossible or stands twice")
    }
    try sink.add(record)
  }

  // Datasets ------------------------------------------------------------------------------------

  private mutating func begin(_ version: ArchiveRecord.DatasetVersion) throws {
    try RegistryError.damagedArchive { try NameRule.check(version.dataset, "dataset") }
    guard version.version == newestDatasets[version.dataset, default: 0] + 1,
      version.fractions.count == 3, version.fractions.allSatisfy({ (0...1).contains($0) }),
      version.removed >= 0, version.added >= 0
    else {
      throw RegistryError.damagedArchive("a version of \(version.dataset) is out of place")
    }
    newestDatasets[version.dataset] = version.version
    block = .dataset(ArchivedDatasetVersion(version))
    try endBlockIfWhole()
  }

  private mutating func continueBlock(_ record: ArchiveRecord) throws {
    switch (block, record) {
    case (.dataset(var dataset)?, .removed(let removal))
    where dataset.removed.count < dataset.version.removed:
      block = nil
      dataset.removed.append(removal.image)
      block = .dataset(dataset)
    case (.dataset(var dataset)?, .added(let addition))
    where dataset.removed.count == dataset.version.removed:
      guard let item = addition.item, images.contains(item.digest) else {
        throw RegistryError.damagedArchive("a dataset has an image that is not in the archive")
      }
      guard dataset.added.last.map({ $0.digest < item.digest }) ?? true else {
        throw RegistryError.damagedArchive("the images of a dataset are out of order")
      }
      guard item.labels == addition.labels,
        dataset.version.isMultiLabel
          ? !item.labels.contains("") : item.labels.count == 1
      else { throw RegistryError.damagedArchive("an image of a dataset has impossible labels") }
      block = nil
      dataset.added.append(item)
      block = .dataset(dataset)
    case (.run(var run)?, .points(let points)):
      block = nil
      try take(points, of: &run)
      block = .run(run)
    default: throw RegistryError.damagedArchive("a record is out of place")
    }
    try endBlockIfWhole()
  }

  private mutating func endBlockIfWhole() throws {
    switch block {
    case .dataset(let dataset)? where dataset.isWhole:
      block = nil
      try take(dataset)
    case .run(let run)? where run.count == run.run.points:
      block = nil
      try end(run)
    default: break
    }
  }

  private mutating func take(_ block: ArchivedDatasetVersion) throws {
    let version = block.version
    guard let present = try snapshot.datasetVersion(named: version.dataset, version.version) else {
      datasetVersions.count(isNew: true)
      return try sink.add(block)
    }
    try snapshot.requireLive(datasetVersion: present.id)
    var removed: [Digest] = []
    var added: [DatasetItem] = []
    try snapshot.eachRemoval(present) { removed.append($0) }
    try snapshot.eachAddition(present) { added.append($0) }
    guard
      version
        == ArchiveRecord.DatasetVersion(present, removed: removed.count, added: added.count),
      removed == block.removed,
      added.map(ArchiveRecord.Addition.init) == block.added.map(ArchiveRecord.Addition.init)
    else { throw RegistryError.conflict("dataset", version.dataset, version.version) }
    datasetVersions.count(isNew: false)
  }

  // Runs ----------------------------------------------------------------------------------------

  private mutating func begin(_ run: ArchiveRecord.Run) throws {
    try RegistryError.damagedArchive { try NameRule.check(run.model, "model") }
    guard Hexadecimal.bytes(of: run.id)?.count == 16, run.id == run.id.lowercased(),
      RunKind(rawValue: run.kind) != nil, run.state == RunState.finished.rawValue, run.points >= 0,
      run.base.map({ models[$0] != nil }) ?? true,
      run.datasets.allSatisfy({ has($0) }), runIDs.insert(run.id).inserted
    else { throw RegistryError.damagedArchive("the run \(run.id.prefix(40)) is impossible") }
    let present = try snapshot.existingRun(run.id)
    if let present {
      try snapshot.requireLive(run: run.id)
      let endedAt = present.endedAt ?? present.startedAt
      guard run == ArchiveRecord.Run(present, endedAt: endedAt, points: run.points) else {
        throw RegistryError.conflict(run: run.id)
      }
    } else {
      try sink.begin(run)
    }
    runs.count(isNew: present == nil)
    block = .run(RunBlock(run: run, isNew: present == nil))
    try endBlockIfWhole()
  }

  private mutating func take(_ points: ArchiveRecord.Points, of block: inout RunBlock) throws {
    block.count += points.points.count
    guard !points.points.isEmpty, points.points.count <= ArchiveRecord.Points.maximumCount,
      block.count <= block.run.points, !points.key.isEmpty
    else { throw RegistryError.damagedArchive("a run has other points than it says") }
    let taken = try points.points.map { point in
      guard let point = point.point(of: points.key) else {
        throw RegistryError.damagedArchive("a point of a metric is impossible")
      }
      return point
    }
    if block.isNew {
      try sink.append(taken)
    } else {
      for point in taken { CatalogSnapshot.hash(point, into: &block.hasher) }
    }
  }

  private func end(_ block: RunBlock) throws {
    if block.isNew { return try sink.end(block.run) }
    guard try snapshot.metricsDigest(ofRun: block.run.id) == block.hasher.finalize() else {
      throw RegistryError.conflict(run: block.run.id)
    }
  }

  private func has(_ dataset: ArchiveRecord.Name) -> Bool {
    dataset.version > 0 && dataset.version <= newestDatasets[dataset.name, default: 0]
  }

  // Models --------------------------------------------------------------------------------------

  private mutating func take(_ pack: ArchiveRecord.Pack) throws {
    var names: Set<String> = []
    var byteCount = 0
    for tensor in pack.tensors {
      let (bytes, overflow) = tensor.shape.elementCount.multipliedReportingOverflow(
        by: tensor.type.byteCount)
      guard !overflow, bytes <= limits.maximumModelBytes - byteCount, tensor.name != "__metadata__",
        names.insert(tensor.name).inserted,
        tensors.updateValue(tensor, forKey: tensor.digest) == nil
      else { throw RegistryError.damagedArchive("a tensor is impossible or stands twice") }
      byteCount += bytes
    }
    guard !pack.tensors.isEmpty else { throw RegistryError.damagedArchive("a pack is empty") }
    packOfNext = packCount
    packCount += 1
    try sink.add(pack)
  }

  private mutating func take(_ group: ArchiveRecord.Group) throws {
    let named = try group.tensors.map { pair in
      guard pair.count == 2, let digest = Digest(hexadecimal: pair[1]), tensors[digest] != nil
      else {
        throw RegistryError.damagedArchive("a group has a tensor that is not in the archive")
      }
      return NamedTensor(name: pair[0], digest: digest)
    }
    groups[CatalogSnapshot.digest(ofGroup: named)] = named
  }

  private mutating func take(_ version: ArchiveRecord.ModelVersion) throws {
    try RegistryError.damagedArchive { try NameRule.check(version.model, "model") }
    let name = version.name
    let base = version.base.flatMap { models[$0] }
    guard version.version > 0, models[name] == nil, ModelOrigin(rawValue: version.origin) != nil,
      version.base == nil || base != nil, version.run.map({ runIDs.contains($0) }) ?? true,
      version.datasets.allSatisfy({ has($0) })
    else { throw RegistryError.damagedArchive("\(name.text) is out of place") }
    let model = try archived(version)
    let baseModel = try base.map { base in
      if let latestModel, latestModel.name == base.name { return latestModel.model }
      return try archived(base)
    }
    try model.check(version, base: baseModel)
    latestModel = (name, model)
    models[name] = version
    let present = try snapshot.modelVersion(named: version.model, version.version)
    if let present {
      try snapshot.requireLive(modelVersion: present.id)
      let groups = try snapshot.tensorGroups(ofModelVersion: present.id)
      guard version == ArchiveRecord.ModelVersion(present, groups: groups) else {
        throw RegistryError.conflict("model", version.model, version.version)
      }
    } else {
      try sink.add(
        version, documents: documents, groups: version.groups.compactMap { groups[$0] },
        pack: packOfNext)
    }
    packOfNext = nil
    versions.append((version, present == nil))
  }

  private func archived(_ version: ArchiveRecord.ModelVersion) throws -> ArchivedModel {
    try ArchivedModel(version, documents: documents, groups: groups, tensors: tensors)
  }

  private mutating func take(_ alias: ArchiveRecord.Alias) throws {
    func has(_ version: Int) -> Bool { models[.init(name: alias.model, version: version)] != nil }
    guard alias.changes.last?.version != nil,
      alias.changes.allSatisfy({ move in
        (move.version != nil || move.previousVersion != nil)
          && (move.version.map(has) ?? true) && (move.previousVersion.map(has) ?? true)
      })
    else { throw RegistryError.damagedArchive("the alias \(alias.name) points to nothing") }
    try sink.add(alias)
  }

  private func take(_ annotation: ArchiveRecord.Annotation) throws {
    let version = annotation.version ?? 1
    let isOfArchive =
      switch Subject.Kind(rawValue: annotation.kind) {
      case .model: models.keys.contains { $0.name == annotation.name }
      case .modelVersion: models[.init(name: annotation.name, version: version)] != nil
      case .dataset, .datasetVersion: has(.init(name: annotation.name, version: version))
      case .run: runIDs.contains(annotation.name)
      case nil: false
      }
    guard isOfArchive else {
      throw RegistryError.damagedArchive("a tag or note is of nothing in the archive")
    }
    try sink.add(annotation)
  }

  private mutating func take(_ signature: ArchiveRecord.Signature) throws {
    guard models[.init(name: signature.model, version: signature.version)] != nil,
      signature.record != nil
    else { throw RegistryError.damagedArchive("a signature is of no model of the archive") }
    try sink.add(signature)
  }

  private mutating func take(_ recall: ArchiveRecord.Recall) throws {
    let name = ArchiveRecord.Name(name: recall.model, version: recall.version)
    let former = recalls[name] ?? []
    guard models[name] != nil, recall.draft != nil, !former.contains(recall),
      former.last.map({ $0.undoneAt != nil }) ?? true
    else { throw RegistryError.damagedArchive("a recall of \(name.text) is impossible") }
    recalls[name] = former + [recall]
    try sink.add(recall)
  }
}

extension RegistryError {
  /// Makes a broken rule of names or records one of the archive.
  static func damagedArchive<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as RegistryError
      where [.malformedName, .nullInText, .catalogRuleBroken, .datasetChanged, .textTooLong]
      .contains(error.code)
    {
      throw damagedArchive(
        error.code == .catalogRuleBroken
          ? "its records contradict each other" : String(error.message.dropLast()), cause: error)
    }
  }

  fileprivate static func conflict(
    _ kind: String, _ name: String, _ version: Int
  ) -> RegistryError {
    RegistryError(
      .archiveConflict,
      "The registry has another \(name)@\(version) than the archive.",
      place: .subject("\(name)@\(version)"),
      remedy: "Nothing was changed. Give the archive's \(kind) another name here: "
        + "--rename \(name)=NEW.")
  }

  fileprivate static func conflict(run: String) -> RegistryError {
    RegistryError(
      .archiveConflict, "The registry has the run \(run) with other contents than the archive.",
      place: .subject(run),
      remedy: "Nothing was changed. Import the archive without --rename, or into another registry.")
  }
}

extension RegistryError.Code {
  /// An archive holds something else than the registry under the same name.
  package static let archiveConflict = Self("archive_conflict", .conflict)
}
