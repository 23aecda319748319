private import Diagnostics
private import Tensors

/// A format in which a model is handed out as one file.
package enum ServedFormat: String, CaseIterable, Sendable {
  case safetensors, pytorch, onnx
  /// The model with all that it comes from, for another registry.
  case archive

  /// What the bytes of a file are.
  package var mediaType: String {
    switch self {
    case .safetensors: "application/vnd.safetensors"
    case .pytorch: "application/vnd.pytorch"
    case .onnx: "application/vnd.onnx"
    case .archive: "application/x-tar"
    }
  }

  fileprivate var modelFormat: ModelExportRequest.Format? {
    switch self {
    case .safetensors: .safetensors
    case .pytorch: .pytorch
    case .onnx: .onnx
    case .archive: nil
    }
  }
}

extension Registry {
  /// The file that an export writes; nothing of it is left in the registry's folder.
  ///
  /// - Throws: What ``export(_:progress:cancellation:)`` and
  ///   ``exportArchive(_:progress:cancellation:)`` throw.
  /// - Complexity: O(bytes of the file), on the disk for as long as somebody reads them.
  package func exported(
    _ model: String, as format: ServedFormat?, softmax: Bool, preprocessing: Bool,
    cancellation: Cancellation
  ) throws -> StoredContent {
    let format = format ?? .safetensors
    let upload = try beginUpload().upload
    // A file that is mapped can be read after it has lost its name.
    defer { _ = try? removeUpload(upload) }
    let path = try path(of: "export", inUpload: upload)
    let digest: String
    if let modelFormat = format.modelFormat {
      var request = ModelExportRequest(model: model, path: path, format: modelFormat)
      request.hasProbabilities = softmax
      request.hasPreprocessing = preprocessing
      digest = try export(request, cancellation: cancellation).digest
    } else {
      digest = try exportArchive(
        ArchiveExportRequest(models: [model], path: path), cancellation: cancellation
      ).digest
    }
    return StoredContent(
      tag: digest, mediaType: format.mediaType, pieces: [.stored(try ByteStorage(mapping: path))])
  }
}
