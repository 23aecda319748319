private import Catalog
public import Diagnostics
private import FileSystem
private import FoundationEssentials
private import ModelFiles
private import Networks
private import ObjectStore
private import Tensors

extension Registry {
  /// Writes models with all that they come from into one file, which another registry can read: their
  /// bases, the datasets with their images, the runs with parameters and metrics, aliases, signatures
  /// and recalls.
  ///
  /// Every byte is compared with its digest on the way, and goes from the store to the file piece by
  /// piece. The file appears under its name when it is whole.
  ///
  /// - Throws: `unknown_model`, `output_exists`, `damaged_pack` or `damaged_object` when bytes no
  ///   longer have their digest, `interrupted`, what writing reports; the file is then as before.
  public func exportArchive(
    _ request: ArchiveExportRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> ArchiveExportResult {
    let roots = try request.models.map { try catalog.modelVersion(try Reference(parsing: $0)) }
    let output = try OutputFile(path: request.path, replacing: request.isReplacing)
    let records = try ScratchFile(in: Self.folder(of: request.path))
    let (contents, datasets) = try catalog.snapshot { snapshot in
      let selection = try ArchiveSelection(roots, snapshot)
      var writer = ArchiveRecordWriter(to: records, snapshot)
      try writer.write(selection, cancellation)
      return (writer, selection.datasets)
    }
    let manifest = ArchiveManifest(
      format: ArchiveManifest.formatName, program: "registry \(ProgramVersion.text)",
      models: contents.models.map { .init(name: $0.model, version: $0.version) },
      datasets: datasets.sorted { $0.key < $1.key }.map { .init(name: $0.key, version: $0.value) },
      records: .init(bytes: records.byteCount, digest: contents.digest))
    let manifestBytes = Array((try CanonicalJSON.text(of: manifest) + "\n").utf8)
    var archive = ArchiveWriter(output)
    try archive.add(path: ArchiveManifest.path, manifestBytes)
    try archive.add(
      path: ArchiveManifest.digestPath,
      Array(ArchiveManifest.digestText(of: manifestBytes).utf8))
    try archive.begin(path: ArchiveManifest.recordsPath, byteCount: records.byteCount)
    try records.eachPiece { try archive.append($0) }
    try archive.end()
    for (index, pack) in contents.packs.enumerated() {
      try cancellation.check("Writing the archive")
      try write(pack, number: index + 1, to: &archive)
      progress.progress(
        ProgressUpdate(
          "Writing \(request.path)", completed: index + 1, total: contents.packs.count,
          unit: "files of tensors"))
    }
    var imageCount = 0
    try records.eachRecord { record in
      guard case .image(let image) = record else { return }
      try cancellation.check("Writing the archive")
      try write(image, to: &archive)
      imageCount += 1
      progress.progress(
        ProgressUpdate(
          "Writing \(request.path)", completed: imageCount, total: contents.imageCount,
          unit: "images"))
    }
    let digest = try archive.finish()
    return ArchiveExportResult(
      path: request.path, bytes: archive.byteCount, digest: digest.hexadecimal,
      models: contents.models, datasets: manifest.datasets.map(\.text), runs: contents.runs.count,
      images: contents.imageCount, tensors: contents.packs.reduce(0) { $0 + $1.tensors.count },
      signatures: contents.signatureCount, recalls: contents.recallCount)
  }

  private func write(
    _ pack: ArchiveRecordWriter.PackContents, number: Int, to archive: inout ArchiveWriter
  ) throws {
    let layout = SafetensorsLayout(pack.tensors.map { ($0.name, $0.type, $0.shape) })
    let digests = Dictionary(uniqueKeysWithValues: pack.tensors.map { ($0.name, $0.digest) })
    let model = try load(
      try catalog.modelVersion(id: pack.versionID), tensors: { digests[$0] != nil })
    try archive.begin(
      path: ArchiveManifest.path(ofPack: number), byteCount: layout.byteCount)
    try layout.headerBytes.withUnsafeBytes { try archive.append($0) }
    for entry in layout.entries {
      guard let tensor = model.stateDict[entry.name], model.isIntact(entry.name),
        model.digests[entry.name] == digests[entry.name]
      else {
        throw RegistryError(
          .damagedPack, "The tensor \(entry.name) of \(model.name) no longer has its digest.",
          place: Place(tensor: entry.name, subject: model.name.description),
          remedy: "Nothing was written. Run `registry verify` to see what is affected.")
      }
      try tensor.withUnsafeBytes { try archive.append($0) }
    }
    try archive.end()
  }

  private func write(_ image: ArchiveRecord.Image, to archive: inout ArchiveWriter) throws {
    let storage = try intactObject(image.digest, of: "the archive")
    try archive.begin(
      path: ArchiveManifest.path(ofImage: image.digest), byteCount: image.byteCount)
    try storage.withUnsafeBytes { try archive.append($0) }
    try archive.end()
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  }
}

extension ScratchFile {
  /// The longest line of records, in bytes: room for the texts and names of any network.
  static let maximumLineBytes = 64 << 20

  /// Hands out the records that the file holds.
  ///
  /// - Throws: `damaged_archive` when a line is none.
  func eachRecord(_ body: (ArchiveRecord) throws -> Void) throws {
    let decoder = JSONDecoder()
    var number = 0
    let isWhole = try eachLine(limit: Self.maximumLineBytes) { line in
      number += 1
      let record: ArchiveRecord
      do {
        record = try decoder.decode(ArchiveRecord.self, from: Data(line))
      } catch {
        throw RegistryError.damagedArchive(
          "a record cannot be read", place: Place(file: ArchiveManifest.recordsPath, line: number),
          cause: error)
      }
      do {
        try body(record)
      } catch let error as RegistryError where error.code == .damagedArchive {
        throw error.at(Place(file: ArchiveManifest.recordsPath, line: number))
      }
    }
    guard isWhole else {
      throw RegistryError.damagedArchive(
        "a record is too long or not ended",
        place: Place(file: ArchiveManifest.recordsPath, line: number + 1))
    }
  }
}
