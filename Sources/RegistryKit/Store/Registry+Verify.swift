private import Catalog
public import Diagnostics
private import Engine
private import Networks
private import ObjectStore
private import Synchronization
private import Tensors

extension Registry {
  /// Reads every object again and compares its digest, and checks the catalogue against itself.
  ///
  /// - Throws: `interrupted`, and what reading reports. Damage is an answer.
  public func verify(
    progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> VerificationResult {
    let referenced = try catalog.referencedObjects()
    let states = try states(of: referenced, progress: progress, cancellation: cancellation)
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
    let known = Set(referenced.map(\.digest))
    // Asked again: some may have been recorded since the first question.
    result.unreferenced = try catalog.unreferenced(
      try objects.digests().filter { !known.contains($0) }
    ).map(\.hexadecimal)
    var claims = FrozenClaims(self)
    result.contradictions += try claims.contradictions()
    return result
  }

  private func states(
    of referenced: [ReferencedObject], progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> [ObjectState] {
    let states = Mutex([ObjectState](repeating: .missing, count: referenced.count))
    let completed = Atomic<Int>(0)
    try ParallelLoop.run(count: referenced.count, threads: ComputeThread.availableCores) { index in
      if cancellation.isCancelled {
        throw RegistryError(
          .interrupted, "Verification was stopped before its end.",
          remedy: "Run `registry verify` again.")
      }
      let state = try objects.verify(referenced[index].digest)
      states.withLock { $0[index] = state }
      let count = completed.wrappingAdd(1, ordering: .relaxed).newValue
      progress.progress(
        ProgressUpdate("Verifying", completed: count, total: referenced.count, unit: "objects"))
    }
    return states.withLock { $0 }
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

  /// The tensors of a damaged pack that no longer have their digests.
  private func damagedTensors(of pack: Digest, isMissing: Bool) throws -> [Digest] {
    let tensors = try catalog.packTensors(pack)
    guard !isMissing else { return tensors.map(\.digest) }
    let storage = try objects.map(pack)
    return tensors.filter { $0.tensor(in: storage)?.digest() != $0.digest }.map(\.digest)
  }
}
