private import Catalog
public import Diagnostics
private import FileSystem
private import ModelFiles
private import Networks
private import ObjectStore
private import Tensors

extension Registry {
  /// Writes a model with all its tensors, the inherited ones too, as one file or as a folder.
  ///
  /// The bytes go from the mapped packs to the file piece by piece, and every tensor is compared
  /// with its digest on the way. File and folder appear under their names when they are whole.
  ///
  /// - Throws: `unknown_model`, `output_exists`, `not_a_file`, `damaged_pack` when a tensor no
  ///   longer has its digest, `output_too_large` when the format cannot hold the model, `interrupted`,
  ///   what writing reports; the file is then as before.
  public func export(
    _ request: ModelExportRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> ModelExportResult {
    let model = try load(request.model)
    let writer = ModelWriter(
      model: model, path: request.path, progress: progress, cancellation: cancellation)
    let written: (bytes: Int, digest: Digest)
    switch request.format {
    case .safetensors:
      written = try writer.write(
        SafetensorsLayout(model.stateDict, metadata: ModelFileMetadata.texts(of: model)),
        isReplacing: request.isReplacing)
    case .pytorch:
      written = try writer.write(
        try PyTorchLayout(model.stateDict), isReplacing: request.isReplacing)
    case .onnx:
      written = try writer.write(
        onnx: onnxOptions(request, model), isReplacing: request.isReplacing)
    case .folder:
      written = try writer.write(try modelFolder(of: model))
    }
    return ModelExportResult(
      model: model.record.model, version: model.record.version, format: request.format.rawValue,
      path: request.path, bytes: written.bytes, digest: written.digest.hexadecimal,
      tensors: model.stateDict.entries.count, recalled: try recalls(of: model))
  }

  private func onnxOptions(
    _ request: ModelExportRequest, _ model: LoadedModel
  ) -> ONNXModel.Options {
    var options = ONNXModel.Options()
    options.appliesActivation = request.hasProbabilities
    if request.hasPreprocessing { options.preprocessing = model.preprocessing }
    options.metadata = ModelFileMetadata.texts(of: model)
    options.programVersion = ProgramVersion.text
    return options
  }
}

/// Writes files of a model's tensors.
private struct ModelWriter {
  let model: LoadedModel
  let path: String
  let progress: any ProgressObserver
  let cancellation: Cancellation

  /// Writes one file.
  func write(
    _ layout: some ModelFileLayout, isReplacing: Bool
  ) throws -> (bytes: Int, digest: Digest) {
    let file = try OutputFile(path: path, replacing: isReplacing)
    let digest = try write(layout, of: model.stateDict) { try file.write($0) }
    try file.finish()
    return (layout.byteCount, digest)
  }

  /// Writes the graph, which has to be whole before its length is known.
  func write(
    onnx options: ONNXModel.Options, isReplacing: Bool
  ) throws -> (bytes: Int, digest: Digest) {
    let file = try OutputFile(path: path, replacing: isReplacing)
    for (index, entry) in model.stateDict.entries.enumerated() {
      guard !cancellation.isCancelled else { throw interruption }
      guard model.isIntact(entry.name) else { throw damage(entry.name) }
      progress.progress(
        ProgressUpdate(
          "Checking \(model.name)", completed: index + 1, total: model.stateDict.entries.count,
          unit: "tensors"))
    }
    let onnx = try ONNXModel(
      model.network, model.stateDict, input: model.preprocessing.inputShape, options: options)
    let bytes = try onnx.bytes()
    var hasher = DigestHasher()
    try bytes.withUnsafeBytes {
      try file.write($0)
      hasher.update($0)
    }
    try file.finish()
    return (bytes.count, hasher.finalize())
  }

  /// Writes a folder; the digest is that of its file of tensors.
  func write(_ folder: ModelFolder) throws -> (bytes: Int, digest: Digest) {
    let output = try OutputFolder(path: path)
    var byteCount = 0
    for (name, text) in folder.texts {
      let bytes = Array(text.utf8)
      try bytes.withUnsafeBytes { try output.write($0, to: [name]) }
      byteCount += bytes.count
    }
    let layout = SafetensorsLayout(folder.tensors, metadata: folder.metadata)
    var digest: Digest?
    try output.write(to: [ModelFolder.weights]) { append in
      digest = try write(layout, of: folder.tensors, originals: folder.originals, to: append)
    }
    guard let digest else { preconditionFailure("the file was written") }
    try SystemFileLayer().synchronizeFileSystem(of: output.temporaryPath)
    try output.finish()
    return (byteCount + layout.byteCount, digest)
  }

  /// Hands out a file's bytes, each tensor's after its comparison.
  ///
  /// - Parameters:
  ///   - layout: what follows what.
  ///   - stateDict: the tensors by the names that they have in the file.
  ///   - originals: the names that the model has for those that are called otherwise in the file.
  ///   - sink: takes the bytes.
  /// - Returns: The digest of the file.
  /// - Throws: `damaged_pack`, `interrupted`, what the sink throws.
  private func write(
    _ layout: some ModelFileLayout, of stateDict: StateDict, originals: [String: String] = [:],
    to sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Digest {
    var hasher = DigestHasher()
    func append(_ bytes: UnsafeRawBufferPointer) throws {
      try sink(bytes)
      hasher.update(bytes)
    }
    var completed = 0
    for piece in layout.pieces {
      switch piece {
      case .bytes(let bytes): try bytes.withUnsafeBytes(append)
      case .tensor(let name):
        guard !cancellation.isCancelled else { throw interruption }
        let original = originals[name] ?? name
        guard let tensor = stateDict[name], model.isIntact(original) else {
          throw damage(original)
        }
        try tensor.withUnsafeBytes(append)
        completed += 1
        progress.progress(
          ProgressUpdate(
            "Writing \(path)", completed: completed, total: stateDict.entries.count,
            unit: "tensors"))
      }
    }
    return hasher.finalize()
  }

  private var interruption: RegistryError {
    RegistryError(
      .interrupted, "Writing \(path) was stopped.", place: .file(path),
      remedy: "Run the command again; nothing was changed.")
  }

  private func damage(_ name: String) -> RegistryError {
    RegistryError(
      .damagedPack, "The tensor \(name) of \(model.name) no longer has its digest.",
      place: Place(tensor: name, subject: model.name.description),
      remedy: "Nothing was written. Run `registry verify` to see what is affected.")
  }
}
