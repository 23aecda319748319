package import Catalog
private import Deltas
private import Diagnostics
private import Engine
private import ObjectStore
package import Tensors

/// A tensor that was read from the store.
package struct StoredTensor: Sendable {
  /// The tensor.
  package let tensor: Tensor
  /// What deltas of it are taken against: itself, or, where it is stored as a delta, the base of that
  /// one.
  ///
  /// So no delta is ever taken against a delta.
  package let base: Tensor
  /// The digest of the base, as the catalogue has it.
  package let baseDigest: Digest
  /// Whether the bytes were compared with the digest when they were read: those of deltas are.
  package let isCompared: Bool
}

extension Registry {
  /// The tensors at these places, in their order.
  ///
  /// What is stored as a whole is mapped and not read. Deltas are decoded on all cores into one piece of
  /// memory, and compared with the digests of the tensors.
  ///
  /// `subject` says whose tensors they are, for errors.
  ///
  /// - Throws: `missing_object` when a pack is gone, `damaged_pack` when it is too short,
  ///   `damaged_delta` when a delta does not give its tensor.
  /// - Complexity: O(places + bytes of tensors that are deltas).
  package func tensors(
    at locations: [TensorLocation], of subject: String
  ) throws -> [StoredTensor] {
    var packs = PackCache(objects)
    var tensors: [StoredTensor] = []
    var deltas: [(index: Int, delta: DeltaLocation, pack: ByteStorage)] = []
    for (index, location) in locations.enumerated() {
      let tensor = try wholeTensor(at: location, in: packs[location.object], of: subject)
      tensors.append(
        StoredTensor(
          tensor: tensor, base: tensor, baseDigest: location.delta?.base ?? location.digest,
          isCompared: false))
      if let delta = location.delta { deltas.append((index, delta, try packs[delta.object])) }
    }
    guard !deltas.isEmpty else { return tensors }
    // The largest first, so that no core is left with one at the end.
    deltas.sort { locations[$0.index].byteCount > locations[$1.index].byteCount }
    let (wanted, bases) = (deltas, tensors)
    var ends = [0]
    for (index, _, _) in wanted {
      let byteCount = bases[index].base.byteCount
      let units = (byteCount + ByteStorage.alignment - 1) / ByteStorage.alignment
      ends.append(ends[ends.count - 1] + units * ByteStorage.alignment)
    }
    let starts = ends
    let memory = try ByteStorage(uninitializedCount: starts[wanted.count]) { memory in
      // Safe to share: each turn writes a range of its own.
      nonisolated(unsafe) let memory = memory
      try ParallelLoop.run(
        count: wanted.count, threads: ComputeThread.availableCores,
        workspace: DeltaWorkspace.init
      ) { turn, workspace in
        let (index, delta, pack) = wanted[turn]
        let base = bases[index].base
        let target = UnsafeMutableRawBufferPointer(
          rebasing: memory[starts[turn]..<starts[turn + 1]])
        try decode(
          locations[index], delta, in: pack, plus: base,
          into: UnsafeMutableRawBufferPointer(rebasing: target[..<base.byteCount]), workspace,
          of: subject)
        target[base.byteCount...].initializeMemory(as: UInt8.self, repeating: 0)
      }
    }
    for (turn, (index, delta, _)) in wanted.enumerated() {
      let base = bases[index].base
      tensors[index] = StoredTensor(
        tensor: Tensor(
          shape: base.shape, scalarType: base.scalarType, storage: memory,
          byteOffset: starts[turn]), base: base, baseDigest: delta.base, isCompared: true)
    }
    return tensors
  }

  private func wholeTensor(
    at location: TensorLocation, in pack: ByteStorage, of subject: String
  ) throws -> Tensor {
    let packed = PackedTensor(
      digest: location.digest, byteOffset: location.byteOffset, byteCount: location.byteCount,
      scalarType: location.scalarType, shape: location.shape)
    guard let tensor = packed.tensor(in: pack) else {
      throw RegistryError(
        .damagedPack, "The pack \(location.object) does not hold \(location.name) of \(subject).",
        place: Place(
          file: objects.path(of: location.object), byteOffset: location.byteOffset,
          tensor: location.name, subject: subject),
        remedy: "Run `registry verify` to see what is affected.")
    }
    return tensor
  }

  private func decode(
    _ location: TensorLocation, _ place: DeltaLocation, in pack: ByteStorage, plus base: Tensor,
    into target: UnsafeMutableRawBufferPointer, _ workspace: DeltaWorkspace, of subject: String
  ) throws {
    func damaged(_ reason: String, _ cause: (any Error)? = nil) -> RegistryError {
      RegistryError(
        .damagedDelta,
        "The pack \(place.object) does not give \(location.name) of \(subject): \(reason)",
        place: Place(
          file: objects.path(of: place.object), byteOffset: place.byteOffset,
          tensor: location.name, subject: subject),
        remedy: "Run `registry verify` to see what is affected.", cause: cause)
    }
    guard place.encoding == TensorDelta.encoding else {
      throw damaged("the encoding \(place.encoding) is not known.")
    }
    let digest: Digest
    do {
      digest = try TensorDelta(
        checking: pack, byteOffset: place.byteOffset, byteCount: place.byteCount,
        shape: base.shape, scalarType: base.scalarType
      ).decode(plus: base, into: target, workspace)
    } catch {
      throw damaged(error.message, error)
    }
    guard digest == location.digest else { throw damaged("it no longer has its digest.") }
  }
}

/// Packs that are mapped when they are first asked for.
private struct PackCache {
  private let objects: ObjectFolder
  private var packs: [Digest: ByteStorage] = [:]

  init(_ objects: ObjectFolder) { self.objects = objects }

  subscript(object: Digest) -> ByteStorage {
    mutating get throws {
      if let pack = packs[object] { return pack }
      let pack = try objects.map(object)
      packs[object] = pack
      return pack
    }
  }
}
