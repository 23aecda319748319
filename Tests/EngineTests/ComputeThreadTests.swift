import Dispatch
import Engine
import Glibc
import Synchronization
import Testing

struct ComputeThreadTests {
  private struct Mishap: Error {}

  @Test func `work runs on one thread whoever asks, one piece at a time`() {
    let threads = Mutex<Set<String>>([])
    let running = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 64) { _ in
      ComputeThread.shared.run(threads: 1) {
        #expect(running.wrappingAdd(1, ordering: .relaxed).newValue == 1)
        threads.withLock { _ = $0.insert(threadName()) }
        running.wrappingSubtract(1, ordering: .relaxed)
      }
    }
    #expect(threads.withLock { $0.count } == 1)
    #expect(threads.withLock { !$0.contains(threadName()) })
  }

  @Test func `what the work returns and throws comes back`() throws {
    #expect(ComputeThread.shared.run { 7 } == 7)
    #expect(throws: Mishap.self) { try ComputeThread.shared.run { throw Mishap() } }
  }

  @Test func `work that asks for more work does not wait for itself`() {
    let sum = ComputeThread.shared.run(threads: 1) {
      1 + ComputeThread.shared.run(threads: 2) { 2 }
    }
    #expect(sum == 3)
  }

  @Test(arguments: [
    ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000\n", 2), ("1000 100000\n", 1),
    ("", nil), ("0 0", nil), ("x 100000", nil),
  ])
  func `a quota of the control group is a number of cores, rounded up`(
    text: String, cores: Int?
  ) {
    #expect(ComputeThread.cores(quota: text) == cores)
  }

  @Test func `there is a core`() {
    #expect(ComputeThread.availableCores >= 1)
  }

  private func threadName() -> String { "\(pthread_self())" }
}
