package import Diagnostics
import GRDB

extension CatalogDatabase {
  /// How long a worker may be silent before its job is another's.
  package static let leaseSeconds = 30
  /// How long a job waits before it is begun again, times the attempts that it had.
  private static let retrySeconds = 2

  /// Gives a worker the job that is next: of those with the highest priority the oldest that needs no
  /// other, and whose worker, if it had one, was not heard of for too long.
  ///
  /// - Complexity: O(1), whatever the number of jobs.
  package func claimJob(
    worker: String, leaseSeconds: Int = CatalogDatabase.leaseSeconds
  ) throws -> (JobRecord, JobLease)? {
    // Most of the time there is nothing to do: looking first spares the write.
    guard try hasClaimableJob() else { return nil }
    return try write { database in
      try database.endExpiredLeases()
      let now = Timestamp.now()
      guard let id = try database.nextJob(at: now) else { return nil }
      try database.change(
        """
        UPDATE jobs SET state = 'running', attempts = attempts + 1, lease = lease + 1, worker = ?,
          lease_ends_at = ?, started_at = coalesce(started_at, ?), progress = NULL
        WHERE id = ?
        """, [worker, Self.leaseEnd(from: now, leaseSeconds), now.microseconds, id])
      try database.note("started", ofJob: id)
      let lease = try database.number("SELECT lease FROM jobs WHERE id = ?", [id]) ?? 0
      return (try database.job(id), JobLease(job: id, number: lease))
    }
  }

  /// Whether a worker would be given a job, or some worker was not heard of for too long.
  package func hasClaimableJob() throws -> Bool {
    try read { database in
      let now = Timestamp.now()
      let expired = try database.number(
        """
        SELECT EXISTS (
          SELECT 1 FROM jobs INDEXED BY jobs_running
          WHERE state = 'running' AND lease_ends_at < ?)
        """, [now.microseconds])
      return try expired == 1 || database.nextJob(at: now) != nil
    }
  }

  /// Keeps a worker's hold on its job, and writes down where it stands.
  ///
  /// - Returns: Whether the job is to be stopped.
  /// - Throws: `lease_lost` when somebody else has the job now, or it is over.
  package func renewLease(_ lease: JobLease, progress: String?) throws -> Bool {
    try write { database in
      try database.require(lease)
      try database.change(
        "UPDATE jobs SET lease_ends_at = ?, progress = coalesce(?, progress) WHERE id = ?",
        [Self.leaseEnd(from: .now(), Self.leaseSeconds), progress, lease.job])
      return try database.isCancelled(lease.job)
    }
  }

  /// Ends a worker's hold on its job.
  ///
  /// - Throws: `lease_lost` when somebody else has the job now, or it is over.
  package func endLease(_ lease: JobLease, _ ending: JobEnding) throws {
    try write { database in
      try database.require(lease)
      try database.leave(lease.job, ending)
    }
  }

  /// Takes the jobs of a worker that is known to be gone, without waiting for its leases to end.
  package func endLeases(ofWorker worker: String, _ error: RegistryError) throws {
    try write { database in
      let ids = try database.all(
        "SELECT id FROM jobs INDEXED BY jobs_running WHERE state = 'running' AND worker = ?",
        [worker]
      ) { try $0.next(Int64.self) }
      for id in ids { try database.leave(id, .failed(error, mayRetry: true)) }
    }
  }

  private static func leaseEnd(from now: Timestamp, _ seconds: Int) -> Int64 {
    now.microseconds + Int64(seconds) * 1_000_000
  }

  fileprivate static func retryTime(afterAttempt attempt: Int) -> Int64 {
    Timestamp.now().microseconds + Int64(retrySeconds * attempt) * 1_000_000
  }
}

extension Database {
  fileprivate func nextJob(at now: Timestamp) throws -> Int64? {
    try number(
      """
      SELECT id FROM jobs INDEXED BY jobs_claimable
      WHERE state = 'waiting' AND unmet_needs = 0 AND claimable_at <= ?
      ORDER BY priority DESC, id LIMIT 1
      """, [now.microseconds])
  }

  fileprivate func endExpiredLeases() throws {
    let ids = try all(
      """
      SELECT id FROM jobs INDEXED BY jobs_running WHERE state = 'running' AND lease_ends_at < ?
      """, [Timestamp.now().microseconds]
    ) { try $0.next(Int64.self) }
    let lost = RegistryError(
      .workerLost, "The worker was not heard of any more.",
      remedy: "Look into its log; submit the job again when it can run to its end.")
    for id in ids { try leave(id, .failed(lost, mayRetry: true)) }
  }

  fileprivate func require(_ lease: JobLease) throws {
    let current = try number(
      "SELECT lease FROM jobs WHERE id = ? AND state = 'running'", [lease.job])
    guard current == lease.number else {
      throw RegistryError(
        .leaseLost, "This worker does not have the job \(lease.job) any more.",
        place: .subject("job \(lease.job)"), remedy: "Take another job.")
    }
  }

  fileprivate func isCancelled(_ id: Int64) throws -> Bool {
    try number("SELECT cancelled_at IS NOT NULL FROM jobs WHERE id = ?", [id]) == 1
  }

  /// Takes a job from its worker.
  fileprivate func leave(_ id: Int64, _ ending: JobEnding) throws {
    let isCancelled = try isCancelled(id)
    switch ending {
    case .finished, .cancelled: try end(id, ending)
    case .released where !isCancelled:
      try putBack(id, "released", attempts: -1, claimableAt: Timestamp.now().microseconds)
    case .released: try end(id, .cancelled)
    case .failed(let error, let mayRetry):
      let record = try job(id)
      if isCancelled {
        try end(id, .cancelled)
      } else if mayRetry, record.attempts < record.maximumAttempts {
        try putBack(
          id, "retrying", detail: try error.json, attempts: 0,
          claimableAt: CatalogDatabase.retryTime(afterAttempt: record.attempts))
      } else {
        try end(id, ending)
      }
    }
  }

  private func putBack(
    _ id: Int64, _ event: String, detail: String = "{}", attempts: Int, claimableAt: Int64
  ) throws {
    try change(
      """
      UPDATE jobs SET state = 'waiting', worker = NULL, lease_ends_at = NULL,
        attempts = attempts + ?, claimable_at = ?, error = nullif(?, '{}')
      WHERE id = ?
      """, [attempts, claimableAt, detail, id])
    try note(event, ofJob: id, detail: detail)
  }

  /// Ends a job for good, and lets those begin, or fail, that need it.
  func end(_ id: Int64, _ ending: JobEnding) throws {
    let (state, result, error): (JobState, String?, String?) =
      switch ending {
      case .finished(let result): (.finished, result, nil)
      case .failed(let error, _): (.failed, nil, try error.json)
      case .cancelled, .released: (.cancelled, nil, nil)
      }
    let now = Timestamp.now().microseconds
    let cancelledAt: Int64? = state == .cancelled ? now : nil
    try change(
      """
      UPDATE jobs SET state = ?, ended_at = ?, worker = NULL, lease_ends_at = NULL, result = ?,
        error = ?, cancelled_at = coalesce(cancelled_at, ?)
      WHERE id = ?
      """, [state.rawValue, now, result, error, cancelledAt, id])
    try note(state.rawValue, ofJob: id, detail: error ?? "{}")
    let dependents = try all(
      """
      SELECT jobs.id FROM job_needs JOIN jobs ON jobs.id = job_needs.job_id
      WHERE job_needs.needed_id = ? AND jobs.state = 'waiting'
      """, [id]
    ) { try $0.next(Int64.self) }
    for dependent in dependents {
      if state == .finished {
        try change("UPDATE jobs SET unmet_needs = unmet_needs - 1 WHERE id = ?", [dependent])
      } else {
        try fail(dependent, forNeed: id)
      }
    }
  }

  /// Ends a job that can never begin.
  func fail(_ id: Int64, forNeed needed: Int64) throws {
    let error = RegistryError(
      .needNotMet, "The job \(needed), which this one needs, did not end well.",
      place: .subject("job \(needed)"), remedy: "Submit both again.")
    try end(id, .failed(error, mayRetry: false))
  }
}
