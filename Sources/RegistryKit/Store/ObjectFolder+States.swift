package import Diagnostics
private import Engine
package import ObjectStore
private import Synchronization
package import Tensors

extension ObjectFolder {
  /// Reads objects again, on all cores.
  ///
  /// - Throws: `interrupted`, and what reading reports.
  package func states(
    of digests: [Digest], progress: any ProgressObserver, cancellation: Cancellation
  ) throws -> [ObjectState] {
    let states = Mutex([ObjectState](repeating: .missing, count: digests.count))
    let completed = Atomic<Int>(0)
    try ParallelLoop.run(count: digests.count, threads: ComputeThread.availableCores) { index in
      try cancellation.check("Verification")
      let state = try verify(digests[index])
      states.withLock { $0[index] = state }
      let count = completed.wrappingAdd(1, ordering: .relaxed).newValue
      progress.progress(
        ProgressUpdate("Verifying", completed: count, total: digests.count, unit: "objects"))
    }
    return states.withLock { $0 }
  }
}
