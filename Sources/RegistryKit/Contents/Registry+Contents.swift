private import Catalog
package import Diagnostics
private import ModelFiles
private import Networks
private import ObjectStore
private import Tensors

extension Registry {
  /// The bytes of an image as they came, by the 64 hexadecimal digits of its digest.
  ///
  /// - Throws: `unknown_image`, `missing_object`.
  public func imageContent(_ digest: String) throws -> StoredContent {
    guard let parsed = Digest(hexadecimal: digest),
      let image = try catalog.images([parsed])[parsed], try catalog.keepsImage(parsed)
    else { throw try catalog.unknownImage(digest, "No image has the digest \(digest).") }
    return StoredContent(
      tag: parsed.hexadecimal, mediaType: "image/\(image.format)",
      pieces: [.stored(try objects.map(parsed))])
  }

  /// The numbers of a tensor, little-endian and row by row, by the 64 hexadecimal digits of its digest.
  ///
  /// - Throws: `unknown_tensor`, `missing_object`, `damaged_pack`, `damaged_delta`.
  /// - Complexity: O(1), or O(bytes) for one that is stored as a delta.
  public func tensorContent(_ digest: String) throws -> StoredContent {
    guard let parsed = Digest(hexadecimal: digest),
      let location = try catalog.tensorLocation(parsed),
      let stored = try tensors(at: [location], of: "tensor \(digest)").first
    else {
      throw RegistryError(
        .unknownTensor, "No model has a tensor with the digest \(digest).",
        place: .subject(digest), remedy: "The list of a model's tensors has their digests.")
    }
    return StoredContent(
      tag: parsed.hexadecimal, mediaType: "application/octet-stream",
      pieces: [.tensor(stored.tensor)])
  }

  /// A model with all its tensors as a safetensors file, the one that an export writes.
  ///
  /// - Throws: `unknown_model`, `deleted`, `missing_object`, `damaged_pack`, `damaged_delta`.
  public func weights(of reference: String) throws -> StoredContent {
    let model = try load(reference)
    let layout = SafetensorsLayout(model.stateDict, metadata: ModelFileMetadata.texts(of: model))
    var hasher = DigestHasher()
    layout.headerBytes.withUnsafeBytes { hasher.update($0) }
    var pieces: [StoredContent.Piece] = [.bytes(layout.headerBytes)]
    for entry in layout.entries {
      guard let tensor = model.stateDict[entry.name], let digest = model.digests[entry.name] else {
        preconditionFailure("the tensor \(entry.name) was laid out")
      }
      hasher.update(digest.hexadecimal)
      pieces.append(.tensor(tensor))
    }
    return StoredContent(
      tag: hasher.finalize().hexadecimal, mediaType: "application/vnd.safetensors", pieces: pieces)
  }

  /// The tensors of a model in the order of its layers.
  ///
  /// - Throws: `unknown_model`, `deleted` when their bytes are not kept any more.
  public func tensors(ofModel reference: String) throws -> TensorList {
    let record = try catalog.modelVersion(try Reference(parsing: reference))
    return TensorList(
      model: record.model, version: record.version,
      tensors: try catalog.tensors(of: record).map {
        .init(
          name: $0.name, digest: $0.digest.hexadecimal, type: $0.scalarType, shape: $0.shape,
          bytes: $0.byteCount)
      })
  }
}

extension RegistryError.Code {
  /// No tensor that is kept has a digest.
  package static let unknownTensor = Self("unknown_tensor", .notFound)
}
