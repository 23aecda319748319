import Diagnostics
import TestSupport
import Testing

@testable import Catalog

struct JobTests {
  @Test func `jobs are given out by priority, then by age, each once`() throws {
    try withCatalog { catalog in
      let (low, first) = (
        try catalog.addJob(Sample.job(priority: -1)), try catalog.addJob(Sample.job())
      )
      let (second, high) = (
        try catalog.addJob(Sample.job()), try catalog.addJob(Sample.job(priority: 5))
      )
      var given: [Int64] = []
      while let (job, _) = try catalog.claimJob(worker: "a") {
        #expect(job.state == .running && job.worker == "a" && job.attempts == 1)
        given.append(job.id)
      }
      #expect(given == [high, first, second, low].map(\.id))
      #expect(try !catalog.hasClaimableJob())
      #expect(try catalog.jobs(in: .running, before: nil, limit: 10).map(\.id) == [4, 3, 2, 1])
      #expect(try catalog.jobs(in: nil, before: 3, limit: 1).map(\.id) == [2])
      #expect(try catalog.jobs(in: .waiting, before: nil, limit: 10) == [])
    }
  }

  @Test func `a job waits for those that it needs, and fails with them`() throws {
    try withCatalog { catalog in
      let (a, b) = (try catalog.addJob(Sample.job()), try catalog.addJob(Sample.job()))
      let both = try catalog.addJob(Sample.job("evaluate", needs: [a.id, b.id]))
      let after = try catalog.addJob(Sample.job("compare", needs: [both.id]))
      #expect(both.unmetNeeds == 2 && both.needs == [a.id, b.id])
      let (_, leaseA) = try #require(try catalog.claimJob(worker: "a"))
      let (_, leaseB) = try #require(try catalog.claimJob(worker: "b"))
      #expect(try catalog.claimJob(worker: "c") == nil)
      try catalog.endLease(leaseA, .finished(result: "{}"))
      #expect(try catalog.claimJob(worker: "c") == nil)
      try catalog.endLease(leaseB, .failed(Self.failure, mayRetry: false))
      for id in [both.id, after.id] {
        let job = try catalog.job(id)
        #expect(job.state == .failed)
        #expect(job.error?.contains("need_not_met") == true)
      }
      let late = try catalog.addJob(Sample.job(needs: [b.id]))
      #expect(late.state == .failed)
      let ready = try catalog.addJob(Sample.job(needs: [a.id]))
      #expect(try catalog.claimJob(worker: "c")?.0.id == ready.id)
      #expect(throws: RegistryError.self) { try catalog.addJob(Sample.job(needs: [99])) }
    }
  }

  @Test func `a worker that is silent loses its job, and what it says later is refused`() throws {
    try withCatalog { catalog in
      let job = try catalog.addJob(Sample.job())
      let (_, lost) = try #require(try catalog.claimJob(worker: "silent", leaseSeconds: -1))
      #expect(try catalog.hasClaimableJob())
      // The first look takes the job back; it waits a moment before it is begun again.
      #expect(try catalog.claimJob(worker: "other") == nil)
      let waiting = try catalog.job(job.id)
      #expect(waiting.state == .waiting && waiting.attempts == 1)
      #expect(waiting.error?.contains("worker_lost") == true)
      #expect(throws: RegistryError.self) { try catalog.renewLease(lost, progress: nil) }
      #expect(throws: RegistryError.self) {
        try catalog.endLease(lost, .finished(result: "{}"))
      }
      let kinds = try catalog.jobEvents(of: job.id, after: 0, limit: 10).map(\.kind)
      #expect(kinds == ["submitted", "started", "retrying"])
    }
  }

  @Test func `a job is begun as often as it may, and not for what no attempt helps`() throws {
    try withCatalog { catalog in
      let once = try catalog.addJob(Sample.job(maximumAttempts: 1))
      let (_, lease) = try #require(try catalog.claimJob(worker: "a"))
      try catalog.endLease(lease, .failed(Self.failure, mayRetry: true))
      #expect(try catalog.job(once.id).state == .failed)
      let hopeless = try catalog.addJob(Sample.job())
      let (_, other) = try #require(try catalog.claimJob(worker: "a"))
      try catalog.endLease(other, .failed(Self.failure, mayRetry: false))
      #expect(try catalog.job(hopeless.id).state == .failed)
      let released = try catalog.addJob(Sample.job(maximumAttempts: 1))
      let (_, third) = try #require(try catalog.claimJob(worker: "a"))
      try catalog.endLease(third, .released)
      let (again, _) = try #require(try catalog.claimJob(worker: "b"))
      #expect(again.id == released.id && again.attempts == 1)
    }
  }

  @Test func `a waiting job is cancelled at once, one at work when its worker hears of it`() throws
  {
    try withCatalog { catalog in
      let waiting = try catalog.addJob(Sample.job(priority: -1))
      let dependent = try catalog.addJob(Sample.job(needs: [waiting.id]))
      #expect(try catalog.cancelJob(waiting.id).state == .cancelled)
      #expect(try catalog.job(dependent.id).state == .failed)
      let running = try catalog.addJob(Sample.job())
      let (_, lease) = try #require(try catalog.claimJob(worker: "a"))
      #expect(try catalog.renewLease(lease, progress: "{\"completed\":1}") == false)
      #expect(try catalog.cancelJob(running.id).state == .running)
      #expect(try catalog.renewLease(lease, progress: nil))
      #expect(try catalog.job(running.id).progress == "{\"completed\":1}")
      try catalog.endLease(lease, .released)
      #expect(try catalog.job(running.id).state == .cancelled)
      #expect(throws: RegistryError.self) { try catalog.cancelJob(running.id) }
      #expect(throws: RegistryError.self) { try catalog.cancelJob(99) }
    }
  }

  @Test func `runs of a job are known by it`() throws {
    try withCatalog { catalog in
      let job = try catalog.addJob(Sample.job())
      var draft = Sample.run()
      draft.job = job.id
      let (first, second) = (try catalog.beginRun(draft), try catalog.beginRun(draft))
      _ = try catalog.beginRun(Sample.run())
      #expect(try catalog.job(job.id).runs == [first.id, second.id])
    }
  }

  @Test func `a request that is sent again is answered as the first time`() throws {
    try withCatalog { catalog in
      let (request, other) = (Sample.digest("a"), Sample.digest("b"))
      #expect(try catalog.reserve(key: "k", of: "anna", request: request) == nil)
      #expect(throws: RegistryError.self) {
        try catalog.reserve(key: "k", of: "anna", request: request)
      }
      #expect(try catalog.reserve(key: "k", of: "bert", request: other) == nil)
      try catalog.setAnswer("{}", ofKey: "k", of: "anna")
      #expect(try catalog.reserve(key: "k", of: "anna", request: request) == "{}")
      #expect(throws: RegistryError.self) {
        try catalog.reserve(key: "k", of: "anna", request: other)
      }
      try catalog.release(key: "k", of: "bert")
      #expect(try catalog.reserve(key: "k", of: "bert", request: request) == nil)
      try catalog.release(key: "k", of: "anna")
      #expect(try catalog.reserve(key: "k", of: "anna", request: request) == "{}")
    }
  }

  private static let failure = RegistryError(.noSpaceLeft, "The disk is full.")
}
