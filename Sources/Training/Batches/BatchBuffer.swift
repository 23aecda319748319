/// Numbers that stay in one place while several threads write parts of them.
final class BatchBuffer: Sendable {
  // Safe to share: each thread of a parallel loop writes a part of its own, and the loop has ended
  // before anybody reads.
  nonisolated(unsafe) let values: UnsafeMutableBufferPointer<Float>

  init(count: Int) {
    values = .allocate(capacity: count)
    values.initialize(repeating: 0)
  }

  deinit { values.deallocate() }
}
