private import Catalog
public import Diagnostics
private import FileSystem
private import ModelFiles
private import Networks
private import Tensors

extension Registry {
  /// Writes a model with all its tensors, the inherited ones too, as one file.
  ///
  /// The bytes go from the mapped packs to the file piece by piece, and every tensor is compared
  /// with its digest on the way. The file appears under its name when it is whole.
  ///
  /// - Throws: `unknown_model`, `output_exists`, `not_a_file`, `damaged_pack` when a tensor no
  ///   longer has its digest, `interrupted`, what writing reports; the file is then as before.
  public func export(
    _ request: ModelExportRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> ModelExportResult {
    let model = try load(request.model)
    let layout = SafetensorsLayout(
      model.stateDict, metadata: ModelFileMetadata.texts(of: model))
    let file = try OutputFile(path: request.path, replacing: request.isReplacing)
    var hasher = DigestHasher()
    func append(_ bytes: UnsafeRawBufferPointer) throws {
      try file.write(bytes)
      hasher.update(bytes)
    }
    try layout.headerBytes.withUnsafeBytes(append)
    for (index, entry) in layout.entries.enumerated() {
      guard !cancellation.isCancelled else {
        throw RegistryError(
          .interrupted, "Writing \(request.path) was stopped.", place: .file(request.path),
          remedy: "Run the command again; nothing was changed.")
      }
      guard let tensor = model.stateDict[entry.name], model.isIntact(entry.name) else {
        throw RegistryError(
          .damagedPack, "The tensor \(entry.name) of \(model.name) no longer has its digest.",
          place: Place(tensor: entry.name, subject: model.name.description),
          remedy: "Nothing was written. Run `registry verify` to see what is affected.")
      }
      try tensor.withUnsafeBytes(append)
      progress.progress(
        ProgressUpdate(
          "Writing \(request.path)", completed: index + 1, total: layout.entries.count,
          unit: "tensors"))
    }
    try file.finish()
    return ModelExportResult(
      model: model.record.model, version: model.record.version, format: request.format.rawValue,
      path: request.path, bytes: layout.byteCount, digest: hasher.finalize().hexadecimal,
      tensors: layout.entries.count, recalled: try recalls(of: model))
  }
}
