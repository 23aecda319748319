package import Catalog
private import Deltas
private import Diagnostics
private import Engine
private import ModelFiles
package import Networks
private import ObjectStore
private import Synchronization
package import Tensors

/// What the metadata of a pack says of a delta in it, so that the pack explains itself.
private struct DeltaDescription: Encodable {
  /// The digest of the tensor, in hexadecimal.
  let tensor: String
  /// The digest of the tensor that the delta is to be added to.
  let base: String
  /// The type of the tensor's numbers.
  let dtype: String
  /// The tensor's extents.
  let shape: [Int]
  /// The layout of the delta.
  let encoding: String
}

extension Registry {
  /// The member of a pack's metadata that describes the deltas in it.
  private static let deltasKey = "registry.deltas"

  /// Writes the tensors that no pack holds yet as one safetensors object: as a delta where that saves
  /// a quarter of a tensor's bytes, else as a whole.
  ///
  /// A delta is a tensor of bytes under the name of the tensor that it stands for. It is taken against
  /// the tensor of that name in `base`.
  ///
  /// - Returns: `nil` when there is nothing to write.
  /// - Throws: what writing reports.
  package func writePack(
    of stateDict: StateDict, _ digests: [String: Digest], base: LoadedModel?
  ) throws -> PackDraft? {
    var seen = try catalog.knownTensors(Array(Set(digests.values)))
    var fresh = StateDict()
    for (name, tensor) in stateDict.entries {
      if let digest = digests[name], seen.insert(digest).inserted { fresh[name] = tensor }
    }
    guard fresh.count > 0 else { return nil }
    let deltas = try base.map { try self.deltas(of: fresh, digests, base: $0) } ?? [:]
    var contents = fresh
    for (name, delta) in deltas { contents[name] = delta.bytes }
    var metadata: [String: String] = [:]
    if !deltas.isEmpty {
      metadata[Self.deltasKey] = try CanonicalJSON.text(of: deltas.mapValues(\.description))
    }
    let (object, layout) = try writeObject(contents, metadata: metadata)
    var draft = PackDraft(object: object.digest, byteCount: object.byteCount)
    for entry in layout.entries {
      guard let digest = digests[entry.name], let tensor = fresh[entry.name] else { continue }
      let packed = PackedTensor(
        digest: digest, byteOffset: entry.byteOffset, byteCount: tensor.byteCount,
        scalarType: tensor.scalarType.rawValue, shape: tensor.shape.extents)
      if let delta = deltas[entry.name] {
        draft.deltas.append(
          PackedDelta(
            tensor: packed, byteCount: entry.byteCount, encoding: TensorDelta.encoding,
            base: delta.base))
      } else {
        draft.tensors.append(packed)
      }
    }
    return draft
  }

  /// A tensor as what it differs by from a base.
  private struct Delta: Sendable {
    let bytes: Tensor
    let base: Digest
    let description: DeltaDescription
  }

  /// The deltas that are worth it, computed on all cores.
  private func deltas(
    of tensors: StateDict, _ digests: [String: Digest], base: LoadedModel
  ) throws -> [String: Delta] {
    let entries = tensors.entries.sorted { $0.tensor.byteCount > $1.tensor.byteCount }
    let deltas = Mutex<[String: Delta]>([:])
    try ParallelLoop.run(count: entries.count, threads: ComputeThread.availableCores) { index in
      let (name, tensor) = entries[index]
      guard let stored = base.stored[name], let digest = digests[name],
        let bytes = TensorDelta.encode(tensor, minus: stored.base),
        // A base that was damaged since is none: once repaired, it would give another tensor.
        stored.base.digest() == stored.baseDigest,
        try Self.gives(digest, bytes, of: tensor, base: stored.base)
      else { return }
      let delta = Delta(
        bytes: bytes, base: stored.baseDigest,
        description: DeltaDescription(
          tensor: digest.hexadecimal, base: stored.baseDigest.hexadecimal,
          dtype: tensor.scalarType.rawValue, shape: tensor.shape.extents,
          encoding: TensorDelta.encoding))
      deltas.withLock { $0[name] = delta }
    }
    return deltas.withLock { $0 }
  }

  /// Whether reading a delta gives the tensor again: asked before the tensor itself is let go.
  private static func gives(
    _ digest: Digest, _ bytes: Tensor, of tensor: Tensor, base: Tensor
  ) throws -> Bool {
    let storage = bytes.withUnsafeBytes { bytes in
      ByteStorage(uninitializedCount: bytes.count) { $0.copyMemory(from: bytes) }
    }
    return try TensorDelta(
      checking: storage, byteOffset: 0, byteCount: storage.count, shape: tensor.shape,
      scalarType: tensor.scalarType
    ).tensor(plus: base).digest() == digest
  }
}
