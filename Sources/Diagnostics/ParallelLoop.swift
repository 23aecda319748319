private import Dispatch
private import Synchronization

/// A loop whose turns run on several threads.
package enum ParallelLoop {
  /// Runs `body` for each index in `0..<count`, in any order, at most `threads` at a time, and
  /// returns when all have ended.
  ///
  /// After a turn has thrown, no further turn begins.
  ///
  /// - Throws: the error of the lowest index that failed.
  package static func run(
    count: Int, threads: Int, _ body: @Sendable (Int) throws -> Void
  ) throws {
    @Sendable func noWorkspace() {}
    try run(count: count, threads: threads, workspace: noWorkspace) { index, _ in try body(index) }
  }

  /// Does the same with a workspace for each thread, which its turns use one after the other.
  package static func run<Workspace>(
    count: Int, threads: Int, workspace: @Sendable () -> Workspace,
    _ body: @Sendable (Int, Workspace) throws -> Void
  ) throws {
    guard count > 0 else { return }
    let next = Atomic<Int>(0)
    let failure = Mutex<(index: Int, error: any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
      let own = workspace()
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do {
          try body(index, own)
        } catch {
          failure.withLock { known in
            if known.map({ $0.index > index }) ?? true { known = (index, error) }
          }
          next.store(count, ordering: .relaxed)
        }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }
}
