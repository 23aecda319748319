package import Diagnostics
package import Networks
private import Tensors

/// What a model file holds, whatever its format.
package struct ModelFile: Sendable {
  package let format: ModelFileFormat
  /// The tensors, without the prefix `module.` that data-parallel training adds to every name.
  package let stateDict: StateDict
  /// The texts that a safetensors file carries beside its tensors; empty for other formats.
  package let metadata: [String: String]
  /// The length of the file.
  package let byteCount: Int
}

/// The formats that are read, recognised by content.
package enum ModelFileFormat: String, Sendable, Hashable, CaseIterable {
  case safetensors
  /// What `torch.save` writes since PyTorch 1.6: a zip archive.
  case pytorchZip = "pytorch"
  /// What `torch.save` wrote before: pickles one after the other, then the numbers.
  case pytorchLegacy = "pytorch-legacy"
}

extension RegistryError.Code {
  /// A file is none of the kinds of model files that are read.
  package static let unknownModelFormat = Self("unknown_model_format", .badInput)
  /// A model file is longer than the limit.
  package static let modelTooLarge = Self("model_too_large", .badInput)
}

/// Reads model files of every format without running anything in them.
package enum ModelFileReader {
  /// The tensors of the file at `path`, mapped into memory where the file's layout allows it.
  ///
  /// The file must not change while its tensors are in use.
  ///
  /// - Throws: A system error for the file itself, or the code of the format's rule that it breaks.
  package static func read(
    path: String, limits: InputLimits = .standard
  ) throws(RegistryError) -> ModelFile {
    let storage = try ByteStorage(mapping: path)
    guard storage.count <= limits.maximumModelBytes else {
      throw RegistryError(
        .modelTooLarge,
        "The file has \(storage.count) bytes, more than the limit of \(limits.maximumModelBytes).",
        place: .file(path), remedy: "Raise the limit if the file is trusted.")
    }
    do {
      return try read(storage, path: path)
    } catch {
      throw error.at(.file(path))
    }
  }

  private static func read(
    _ storage: ByteStorage, path: String
  ) throws(RegistryError) -> ModelFile {
    guard let format = format(of: storage) else {
      throw RegistryError(
        .unknownModelFormat, "The file is not a model file of a kind that is read.",
        remedy: "Give a safetensors file, or what torch.save wrote (.pth, .pt, .bin).")
    }
    var metadata: [String: String] = [:]
    let stateDict: StateDict
    switch format {
    case .safetensors:
      let file = try Safetensors.read(storage, path: path)
      (stateDict, metadata) = (file.stateDict, file.metadata)
    case .pytorchZip: stateDict = try PyTorchArchive.read(storage)
    case .pytorchLegacy: stateDict = try PyTorchLegacyFile.read(storage)
    }
    return ModelFile(
      format: format, stateDict: stateDict, metadata: metadata, byteCount: storage.count)
  }

  /// The format that the first bytes announce.
  private static func format(of storage: ByteStorage) -> ModelFileFormat? {
    let start = storage.withUnsafeBytes { Array($0.prefix(9)) }
    if start.starts(with: [0x50, 0x4b, 0x03, 0x04]) || start.starts(with: [0x50, 0x4b, 0x05, 0x06])
    {
      return .pytorchZip
    }
    if start.count == 9, start[8] == UInt8(ascii: "{") { return .safetensors }
    // PROTO and a version of pickle; whether PyTorch wrote it shows further on.
    if start.count >= 2, start[0] == 0x80, (2...5).contains(start[1]) { return .pytorchLegacy }
    return nil
  }
}
