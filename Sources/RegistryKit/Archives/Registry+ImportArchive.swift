private import Catalog
public import Diagnostics
private import FileSystem
private import FoundationEssentials
private import ModelFiles
private import ObjectStore
private import Tensors

extension Registry {
  /// Reads the models of an archive with all that they come from.
  ///
  /// Names, version numbers, identifiers of runs and times stay as they are; what the registry has
  /// already is compared and left alone. Objects are durable before one transaction names them.
  ///
  /// - Throws: `damaged_archive`, `archive_conflict`, `unknown_archive_name`, `interrupted`, and what
  ///   reading and writing report. Nothing is changed then.
  public func importArchive(
    _ request: ArchiveImportRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> ArchiveImportResult {
    try recording { batch in
      try importArchive(request, batch, progress: progress, cancellation: cancellation)
    }
  }

  private func importArchive(
    _ request: ArchiveImportRequest, _ batch: ObjectBatch, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> ArchiveImportResult {
    let reader = try ArchiveReader(path: request.path)
    let manifest = try reader.manifest()
    try checkNewNames(request.newNames, manifest)
    let newName: (String) -> String = { request.newNames[$0] ?? $0 }
    let records = try ScratchFile(in: folder)
    let digest = try reader.next(
      ArchiveManifest.recordsPath, byteCount: manifest.records.bytes
    ) { try records.write($0) }
    guard digest == manifest.records.digest else {
      throw reader.damage("\(ArchiveManifest.recordsPath) does not have its digest")
    }
    let files = try catalog.snapshot { snapshot in
      try contents(of: records, ArchiveFileList(), snapshot, newName, cancellation).sink
    }
    var intake = ArchiveIntake(reader, batch, progress: progress, cancellation: cancellation)
    let known = try catalog.snapshot {
      try $0.knownTensors(files.packs.flatMap { $0.tensors.map(\.digest) })
    }
    let packs = try files.packs.map { try intake.take($0, known: known) }
    for image in files.images { try intake.takeImage(image.digest, byteCount: image.byteCount) }
    try reader.end()
    func take(_ transaction: ArchiveTransaction) throws -> ArchiveContents<ArchiveRows> {
      let rows = ArchiveRows(transaction, packs: packs, isRenamed: !request.newNames.isEmpty)
      return try contents(of: records, rows, transaction.snapshot, newName, cancellation)
    }
    // What can be wrong with the rows is found before an object gets its name, also what only the
    // catalogue's own rules refuse, such as an image that stands twice in a version.
    try RegistryError.damagedArchive { try catalog.rehearseArchive { _ = try take($0) } }
    try batch.commit()
    let read = try catalog.importArchive(take)
    return ArchiveImportResult(
      path: request.path,
      models: read.versions.map {
        .init(model: $0.version.model, version: $0.version.version, isAdded: $0.isNew)
      },
      datasetVersions: read.datasetVersions, runs: read.runs, images: read.sink.images,
      aliases: read.sink.aliases, signatures: read.sink.signatures,
      signaturesLeftOut: read.sink.signaturesLeftOut, recalls: read.sink.recalls,
      bytesAdded: intake.byteCount)
  }

  private func contents<Sink: ArchiveSink>(
    of records: ScratchFile, _ sink: Sink, _ snapshot: CatalogSnapshot,
    _ newName: (String) -> String, _ cancellation: Cancellation
  ) throws -> ArchiveContents<Sink> {
    var contents = ArchiveContents(sink, snapshot, limits: limits)
    try records.eachRecord { record in
      try cancellation.check("Reading the archive")
      try contents.take(record.renamed(newName))
    }
    try contents.finish()
    return contents
  }

  private func checkNewNames(
    _ newNames: [String: String], _ manifest: ArchiveManifest
  ) throws {
    let names = Set((manifest.models + manifest.datasets).map(\.name))
    for (name, newName) in newNames {
      try NameRule.check(newName, "model or dataset")
      guard names.contains(name) else {
        throw RegistryError(
          .unknownArchiveName, "The archive has no model or dataset \(name).",
          place: .subject("--rename"),
          remedy: "It has: \(names.sorted().joined(separator: ", ")).")
      }
    }
    let renamed = Set(names.map { newNames[$0] ?? $0 })
    guard renamed.count == names.count else {
      throw RegistryError(
        .unknownArchiveName, "Two names of the archive would become one.",
        place: .subject("--rename"), remedy: "Choose names that the archive does not have.")
    }
  }
}

extension ArchiveReader {
  /// The first two files: what the archive is, and that it is unchanged.
  fileprivate func manifest() throws -> ArchiveManifest {
    let bytes = try first(named: ArchiveManifest.path, limit: ArchiveManifest.maximumBytes)
    let expected = Array(ArchiveManifest.digestText(of: bytes).utf8)
    guard try next(ArchiveManifest.digestPath, byteCount: expected.count) == expected else {
      throw damage("\(ArchiveManifest.path) does not have its digest")
    }
    let manifest: ArchiveManifest
    do {
      manifest = try JSONDecoder().decode(ArchiveManifest.self, from: Data(bytes))
    } catch {
      throw RegistryError.damagedArchive("\(ArchiveManifest.path) cannot be read", cause: error)
    }
    guard manifest.format == ArchiveManifest.formatName, manifest.records.bytes >= 0 else {
      throw damage("its format is \(manifest.format.prefix(40)), which this program does not know")
    }
    return manifest
  }
}

/// Takes the files of an archive into the object store.
private struct ArchiveIntake {
  /// How many bytes are new.
  private(set) var byteCount = 0
  private let reader: ArchiveReader
  private let batch: ObjectBatch
  private let progress: any ProgressObserver
  private let cancellation: Cancellation
  private var packCount = 0

  init(
    _ reader: ArchiveReader, _ batch: ObjectBatch, progress: any ProgressObserver,
    cancellation: Cancellation
  ) {
    self.reader = reader
    self.batch = batch
    self.progress = progress
    self.cancellation = cancellation
  }

  /// Takes the next file of tensors; those that the registry does not have become a pack.
  mutating func take(
    _ pack: ArchiveRecord.Pack, known: Set<Digest>
  ) throws -> PackDraft? {
    packCount += 1
    let layout = SafetensorsLayout(pack.tensors.map { ($0.name, $0.type, $0.shape) })
    let digests = Dictionary(uniqueKeysWithValues: pack.tensors.map { ($0.name, $0.digest) })
    let fresh = layout.entries.filter { digests[$0.name].map { !known.contains($0) } ?? false }
    let freshLayout = SafetensorsLayout(fresh.map { ($0.name, $0.scalarType, $0.shape) })
    let freshNames = Set(fresh.map(\.name))
    let writer = fresh.isEmpty ? nil : try batch.writer()
    try freshLayout.headerBytes.withUnsafeBytes { try writer?.append($0) }
    let path = ArchiveManifest.path(ofPack: packCount)
    let header = try reader.begin(path, byteCount: layout.byteCount)
    var stated: [UInt8] = []
    try reader.pieces(of: layout.headerBytes.count) { stated.append(contentsOf: $0) }
    guard stated == layout.headerBytes else {
      throw reader.damage("the header of \(path) is another")
    }
    for entry in layout.entries {
      try advance()
      var hasher = DigestHasher(ofTensor: entry.scalarType, entry.shape)
      try reader.pieces(of: entry.byteCount) {
        hasher.update($0)
        if freshNames.contains(entry.name) { try writer?.append($0) }
      }
      guard hasher.finalize() == digests[entry.name] else {
        throw reader.damage("the tensor \(entry.name) in \(path) does not have its digest")
      }
    }
    try reader.skipPadding(of: header)
    guard let object = try writer?.finish() else { return nil }
    if object.isNew { byteCount += object.byteCount }
    return PackDraft(
      object: object.digest, byteCount: object.byteCount,
      tensors: freshLayout.entries.compactMap { entry in
        digests[entry.name].map {
          PackedTensor(
            digest: $0, byteOffset: entry.byteOffset, byteCount: entry.byteCount,
            scalarType: entry.scalarType.rawValue, shape: entry.shape.extents)
        }
      })
  }

  /// Takes the next file, which is an image.
  mutating func takeImage(_ digest: Digest, byteCount: Int) throws {
    try advance()
    let path = ArchiveManifest.path(ofImage: digest)
    let writer = batch.isKnown(digest) ? nil : try batch.writer()
    let actual = try reader.next(path, byteCount: byteCount) { try writer?.append($0) }
    guard actual == digest else { throw reader.damage("\(path) does not have its digest") }
    if let object = try writer?.finish(), object.isNew { self.byteCount += byteCount }
  }

  private func advance() throws {
    try cancellation.check("Reading the archive")
    progress.progress(
      ProgressUpdate(
        "Reading", completed: reader.offset >> 20, total: reader.byteCount >> 20, unit: "MiB"))
  }
}

extension RegistryError.Code {
  /// A name that an archive does not have is to be changed, or two names would become one.
  package static let unknownArchiveName = Self("unknown_archive_name", .usage)
}
