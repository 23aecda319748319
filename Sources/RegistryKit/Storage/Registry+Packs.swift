package import Catalog
private import Deltas
private import Diagnostics
private import Engine
package import Networks
package import ObjectStore
private import Synchronization
package import Tensors

extension Registry {
  /// Writes the tensors that no pack holds yet as one safetensors object: as a delta where that saves
  /// a quarter of a tensor's bytes, else as a whole.
  ///
  /// A delta is a tensor of bytes under the name of the tensor that it stands for. It is taken against
  /// the tensor of that name in `base`.
  ///
  /// - Returns: `nil` when there is nothing to write.
  /// - Throws: what writing reports.
  package func writePack(
    of stateDict: StateDict, _ digests: [String: Digest], base: LoadedModel?,
    in batch: ObjectBatch
  ) throws -> PackDraft? {
    var seen = try catalog.knownTensors(Array(Set(digests.values)))
    var fresh: [(name: String, tensor: Tensor, digest: Digest)] = []
    for (name, tensor) in stateDict.entries {
      if let digest = digests[name], seen.insert(digest).inserted {
        fresh.append((name, tensor, digest))
      }
    }
    let deltas = try base.map { try self.deltas(of: fresh, base: $0) } ?? [:]
    var contents = PackContents()
    for (name, tensor, digest) in fresh {
      if let delta = deltas[name] {
        contents.add(
          delta: delta.bytes,
          of: PackedTensor(
            digest: digest, byteOffset: 0, byteCount: tensor.byteCount,
            scalarType: tensor.scalarType.rawValue, shape: tensor.shape.extents),
          named: name, base: delta.base)
      } else {
        contents.add(tensor, named: name, digest: digest)
      }
    }
    return contents.isEmpty ? nil : try contents.write(to: self, in: batch).pack
  }

  /// A tensor as what it differs by from a base.
  private struct Delta: Sendable {
    let bytes: Tensor
    let base: Digest
  }

  /// The deltas that are worth it, computed on all cores.
  private func deltas(
    of tensors: [(name: String, tensor: Tensor, digest: Digest)], base: LoadedModel
  ) throws -> [String: Delta] {
    let tensors = tensors.sorted { $0.tensor.byteCount > $1.tensor.byteCount }
    let deltas = Mutex<[String: Delta]>([:])
    try ParallelLoop.run(count: tensors.count, threads: ComputeThread.availableCores) { index in
      let (name, tensor, digest) = tensors[index]
      guard let stored = base.stored[name],
        let bytes = TensorDelta.encode(tensor, minus: stored.base),
        // A base that was damaged since is none: once repaired, it would give another tensor.
        stored.base.digest() == stored.baseDigest,
        try Self.gives(digest, bytes, of: tensor, base: stored.base)
      else { return }
      let delta = Delta(bytes: bytes, base: stored.baseDigest)
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
    ).tensor(plus: base).digest == digest
  }
}
