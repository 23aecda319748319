private import Diagnostics
private import Dispatch
private import Synchronization

/// Prepares each batch on another thread while the one before it is computed with.
package enum BatchPrefetcher {
  /// Hands over batches in order, one ahead of which is being prepared.
  ///
  /// When the call returns or throws, nothing runs in the background any more. Two buffers are used
  /// in turn, so that memory is taken for two batches, whatever their number.
  ///
  /// - Parameters:
  ///   - batches: the numbers of the batches; a resumed epoch begins further on.
  ///   - elementCount: how many numbers the largest batch has.
  ///   - isCancelled: asked before each batch is computed with.
  ///   - prepare: writes a batch; called for one batch after the other, on a thread of its own.
  ///   - compute: takes the number and the contents of a batch, which it may overwrite, on the
  ///     caller's thread.
  /// - Throws: `interrupted` when `isCancelled` said so; what `prepare` throws, after the batches
  ///   before it have been computed with; what `compute` throws.
  package static func run(
    batches: Range<Int>, elementCount: Int, isCancelled: () -> Bool = { false },
    prepare: @escaping @Sendable (Int, UnsafeMutableBufferPointer<Float>) throws -> Void,
    compute: (Int, UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    guard !batches.isEmpty else { return }
    let buffers = [BatchBuffer(count: elementCount), BatchBuffer(count: elementCount)]
    let queue = DispatchQueue(label: "batches", qos: .userInitiated)
    func begin(_ batch: Int) -> Preparation {
      let preparation = Preparation()
      let buffer = buffers[batch % 2]
      queue.async { preparation.finish(Result { try prepare(batch, buffer.values) }) }
      return preparation
    }
    var next = begin(batches.lowerBound)
    // However this ends, the buffers must outlive the preparation that writes to them.
    defer { next.waitUntilFinished() }
    for batch in batches {
      try next.get()
      if isCancelled() {
        throw RegistryError(
          .interrupted, "Stopped before batch \(batch + 1) of \(batches.upperBound).")
      }
      if batch + 1 < batches.upperBound { next = begin(batch + 1) }
      try compute(batch, buffers[batch % 2].values)
    }
  }
}

/// The outcome of preparing a batch, and the signal that it is there.
private final class Preparation: Sendable {
  private let outcome = Mutex<Result<Void, any Error>?>(nil)
  private let finished = DispatchGroup()

  init() { finished.enter() }

  func finish(_ result: Result<Void, any Error>) {
    outcome.withLock { $0 = result }
    finished.leave()
  }

  func waitUntilFinished() { finished.wait() }

  func get() throws {
    finished.wait()
    try outcome.withLock { $0 }?.get()
  }
}
