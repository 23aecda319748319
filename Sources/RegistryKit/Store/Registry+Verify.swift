private import Catalog
private import Deltas
public import Diagnostics
private import Engine
private import Networks
private import ObjectStore
private import Synchronization
import Tensors

extension Registry {
  /// Reads every object again and compares its digest, and checks the catalogue against itself.
  ///
  /// - Throws: `interrupted`, and what reading reports. Damage is an answer.
  public func verify(
    progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> VerificationResult {
    let referenced = try catalog.referencedObjects()
    let states = try objects.states(
      of: referenced.map(\.digest), progress: progress, cancellation: cancellation)
    var result = VerificationResult(
      objects: referenced.count, bytes: 0, corrupt: [], missing: [], unreferenced: [],
      contradictions: try catalog.contradictions())
    for (object, state) in zip(referenced, states) {
      switch state {
      case .intact(let byteCount):
        result.bytes += byteCount
      case .corrupt:
        result.bytes += objects.byteCount(of: object.digest) ?? 0
        result.corrupt.append(try damage(to: object, isMissing: false))
      case .missing:
        // Collected since the question what there should be.
        guard try catalog.unreferenced([object.digest]).isEmpty else {
          result.objects -= 1
          continue
        }
        result.missing.append(try damage(to: object, isMissing: true))
      }
    }
    result.corrupt += try damagedDeltas(among: referenced, states)
    let known = Set(referenced.map(\.digest))
    // Asked again: some may have been recorded since the first question.
    result.unreferenced = try catalog.unreferenced(
      try objects.digests().filter { !known.contains($0) }
    ).map(\.hexadecimal)
    var claims = FrozenClaims(self)
    result.contradictions += try claims.contradictions()
    return result
  }

  private func damage(
    to object: ReferencedObject, isMissing: Bool
  ) throws -> VerificationResult.DamagedObject {
    var models: [String] = []
    var layers: [String] = []
    var datasets: [String] = []
    switch object.kind {
    case .image:
      datasets = try catalog.datasetVersions(holding: object.digest)
        .map { "\($0.dataset)@\($0.version)" }
    case .pack:
      let damaged = try damagedTensors(of: object.digest, isMissing: isMissing)
      for (version, names) in try catalog.versions(usingTensors: damaged) {
        models.append("\(version.model)@\(version.version)")
        layers += names.map(Layer.name(ofTensor:))
      }
    case .checkpoint:
      break
    }
    return VerificationResult.DamagedObject(
      object: object.digest.hexadecimal, path: objects.path(of: object.digest),
      kind: object.kind.rawValue, models: models, layers: Array(Set(layers)).sorted(),
      datasets: datasets)
  }

  /// The tensors of a damaged pack that no longer have their digests, and those that cannot be read
  /// without them.
  private func damagedTensors(of pack: Digest, isMissing: Bool) throws -> [Digest] {
    let whole = try damagedWholeTensors(of: pack, isMissing: isMissing)
    let deltas =
      isMissing
      ? try catalog.packDeltas(pack).map(\.digest) : try damagedDeltas(of: pack)
    return whole + deltas + (try catalog.tensors(deltasOf: whole))
  }

  private func damagedWholeTensors(of pack: Digest, isMissing: Bool) throws -> [Digest] {
    let tensors = try catalog.packTensors(pack)
    guard !isMissing else { return tensors.map(\.digest) }
    let storage = try objects.map(pack)
    return tensors.filter { $0.tensor(in: storage)?.digest() != $0.digest }.map(\.digest)
  }

  /// The tensors whose deltas in a pack no longer give them, though the bases are as they were.
  func damagedDeltas(of pack: Digest) throws -> [Digest] {
    try catalog.packDeltas(pack).filter { place in
      do {
        _ = try tensors(at: [place], of: "pack \(pack)")
        return false
      } catch let error as RegistryError where error.code == .damagedDelta {
        return try !isBaseDamaged(of: place)
      } catch let error as RegistryError where error.code.category == .corrupt {
        // The pack of the base is at fault, and is reported for itself.
        return false
      }
    }.map(\.digest)
  }

  private func isBaseDamaged(of place: TensorLocation) throws -> Bool {
    guard let delta = place.delta else { return false }
    var base = place
    base.delta = nil
    return try tensors(at: [base], of: "pack \(place.object)").contains {
      $0.tensor.digest() != delta.base
    }
  }

  /// Packs whose bytes are as they were, and whose deltas nevertheless do not give their tensors.
  private func damagedDeltas(
    among referenced: [ReferencedObject], _ states: [ObjectState]
  ) throws -> [VerificationResult.DamagedObject] {
    let withDeltas = Set(try catalog.packsWithDeltas())
    let packs = zip(referenced, states).compactMap { object, state in
      if case .intact = state, withDeltas.contains(object.digest) { object } else { nil }
    }
    let damaged = Mutex<[ReferencedObject]>([])
    try ParallelLoop.run(count: packs.count, threads: ComputeThread.availableCores) { index in
      guard try !damagedDeltas(of: packs[index].digest).isEmpty else { return }
      damaged.withLock { $0.append(packs[index]) }
    }
    return try damaged.withLock { $0 }.sorted { $0.digest < $1.digest }
      .map { try damage(to: $0, isMissing: false) }
  }
}
