import Diagnostics
import Synchronization
import Testing
import Training

struct BatchPrefetcherTests {
  private struct Broken: Error {
    let batch: Int
  }

  @Test func `batches come in order, with what was prepared for them`() throws {
    var seen: [Int] = []
    try BatchPrefetcher.run(
      batches: 3..<20, elementCount: 5,
      prepare: { batch, values in values.update(repeating: Float(batch)) },
      compute: { batch, values in
        seen.append(batch)
        #expect(values.count == 5 && values.allSatisfy { $0 == Float(batch) })
        values.update(repeating: -1)
      })
    #expect(seen == Array(3..<20))
    try BatchPrefetcher.run(
      batches: 4..<4, elementCount: 1, prepare: { _, _ in Issue.record("no batch") },
      compute: { _, _ in Issue.record("no batch") })
  }

  @Test func `no more than one batch is prepared ahead`() throws {
    let (prepared, computed) = (Counter(), Counter())
    try BatchPrefetcher.run(
      batches: 0..<50, elementCount: 1,
      prepare: { batch, _ in
        #expect(batch <= computed.value + 1)
        prepared.add(1)
      }, compute: { _, _ in computed.add(1) })
    #expect(prepared.value == 50)
  }

  @Test func `an error of preparing is thrown after the batches before it`() throws {
    var seen: [Int] = []
    let error = try #require(throws: Broken.self) {
      try BatchPrefetcher.run(
        batches: 0..<9, elementCount: 1,
        prepare: { batch, _ in if batch == 4 { throw Broken(batch: batch) } },
        compute: { batch, _ in seen.append(batch) })
    }
    #expect(error.batch == 4)
    #expect(seen == [0, 1, 2, 3])
  }

  @Test func `an error of computing ends the preparation before it is thrown`() throws {
    let running = Counter()
    let error = try #require(throws: Broken.self) {
      try BatchPrefetcher.run(
        batches: 0..<9, elementCount: 1,
        prepare: { _, values in
          running.add(1)
          values[0] = 1
          running.add(-1)
        },
        compute: { batch, _ in if batch == 2 { throw Broken(batch: batch) } })
    }
    #expect(error.batch == 2)
    #expect(running.value == 0)
  }

  @Test func `a wish to stop is heard before the next batch`() throws {
    var seen: [Int] = []
    let error = try #require(throws: RegistryError.self) {
      try BatchPrefetcher.run(
        batches: 0..<9, elementCount: 1, isCancelled: { seen.count == 3 },
        prepare: { _, _ in }, compute: { batch, _ in seen.append(batch) })
    }
    #expect(error.code == .interrupted)
    #expect(seen == [0, 1, 2])
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock { $0 } }

  func add(_ number: Int) { count.withLock { $0 += number } }
}
