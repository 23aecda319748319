private import Catalog
package import Diagnostics
private import Engine
private import Networks
private import ObjectStore
private import Synchronization
private import Tensors

/// Reads the bytes of model versions again and compares them with their digests, a tensor that
/// several versions share only once.
package struct TensorReading {
  /// How many tensors were read.
  package private(set) var tensorCount = 0
  /// How many bytes they have.
  package private(set) var byteCount = 0
  private var isIntact: [Digest: Bool] = [:]
  private let progress: any ProgressObserver
  private let cancellation: Cancellation

  package init(progress: any ProgressObserver, cancellation: Cancellation) {
    self.progress = progress
    self.cancellation = cancellation
  }

  /// The names of a version's tensors whose bytes no longer have their digests.
  ///
  /// - Throws: `interrupted`.
  package mutating func damagedTensors(of model: LoadedModel) throws -> [String] {
    var fresh: [(digest: Digest, name: String)] = []
    for name in model.stateDict.names {
      guard let digest = model.digests[name], isIntact[digest] == nil else { continue }
      isIntact[digest] = false
      fresh.append((digest, name))
    }
    let (tensors, cancellation) = (fresh, cancellation)
    let results = Mutex([Bool](repeating: false, count: fresh.count))
    try ParallelLoop.run(count: fresh.count, threads: ComputeThread.availableCores) { index in
      try cancellation.check("Verification")
      let isSame = model.isIntact(tensors[index].name)
      results.withLock { $0[index] = isSame }
    }
    for (result, read) in zip(results.withLock { $0 }, fresh) {
      isIntact[read.digest] = result
      byteCount += model.stateDict[read.name]?.byteCount ?? 0
    }
    tensorCount += fresh.count
    progress.progress(ProgressUpdate("Reading", completed: tensorCount, unit: "tensors"))
    return model.stateDict.names.filter { name in
      model.digests[name].map { isIntact[$0] != true } ?? true
    }
  }
}

extension Cancellation {
  /// Throws if somebody asked to stop.
  ///
  /// - Throws: `interrupted`.
  func check(_ work: String) throws(RegistryError) {
    guard isCancelled else { return }
    throw RegistryError(
      .interrupted, "\(work) was stopped before its end.",
      remedy: "Run the command again; nothing was changed.")
  }
}
