package import Diagnostics
import GRDB

extension RegistryError.Code {
  /// There is no job of that number.
  package static let unknownJob = Self("unknown_job", .notFound)
  /// The job is over: it cannot be stopped any more.
  package static let jobEnded = Self("job_ended", .conflict)
  /// Somebody else has the job now.
  package static let leaseLost = Self("lease_lost", .conflict)
  /// A job's worker was not heard of any more.
  package static let workerLost = Self("worker_lost", .unavailable)
  /// A job that another needs did not end well.
  package static let needNotMet = Self("need_not_met", .conflict)
}

extension CatalogDatabase {
  /// Queues a job.
  ///
  /// - Throws: `unknown_job` for one that it needs.
  package func addJob(_ draft: JobDraft) throws -> JobRecord {
    try write { database in
      let now = Timestamp.now()
      let id = try database.insert(
        """
        INSERT INTO jobs (kind, request, priority, maximum_attempts, created_at, created_by,
          claimable_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [
          draft.kind, draft.request, draft.priority, draft.maximumAttempts, now.microseconds,
          draft.createdBy, now.microseconds,
        ])
      var failed: JobRecord?
      for needed in Set(draft.needs).sorted() {
        let record = try database.job(needed)
        try database.change(
          "INSERT INTO job_needs (job_id, needed_id) VALUES (?, ?)", [id, needed])
        switch record.state {
        case .finished: break
        case .failed, .cancelled: failed = failed ?? record
        case .waiting, .running:
          try database.change("UPDATE jobs SET unmet_needs = unmet_needs + 1 WHERE id = ?", [id])
        }
      }
      try database.note("submitted", ofJob: id)
      if let failed { try database.fail(id, forNeed: failed.id) }
      return try database.job(id)
    }
  }

  /// A job by its number.
  ///
  /// - Throws: `unknown_job`.
  package func job(_ id: Int64) throws -> JobRecord { try read { try $0.job(id) } }

  /// Jobs, the newest first: those before one, in a state or in any.
  ///
  /// - Complexity: O(limit).
  package func jobs(in state: JobState?, before: Int64?, limit: Int) throws -> [JobRecord] {
    try read { database in
      let ids =
        if let state {
          try database.all(
            "SELECT id FROM jobs WHERE state = ? AND id < ? ORDER BY id DESC LIMIT ?",
            [state.rawValue, before ?? .max, limit]
          ) { try $0.next(Int64.self) }
        } else {
          try database.all(
            "SELECT id FROM jobs WHERE id < ? ORDER BY id DESC LIMIT ?", [before ?? .max, limit]
          ) { try $0.next(Int64.self) }
        }
      return try ids.map { try database.job($0) }
    }
  }

  /// How many jobs wait, and how many are at work.
  ///
  /// - Complexity: O(those).
  package func jobCounts() throws -> (waiting: Int, running: Int) {
    try read { database in
      func count(_ state: JobState) throws -> Int {
        Int(
          try database.number("SELECT count(*) FROM jobs WHERE state = ?", [state.rawValue]) ?? 0)
      }
      return (try count(.waiting), try count(.running))
    }
  }

  /// What happened to a job after an event.
  ///
  /// - Complexity: O(limit).
  package func jobEvents(of job: Int64, after: Int64, limit: Int) throws -> [JobEvent] {
    try read { database in
      try database.all(
        """
        SELECT id, job_id, time, kind, detail FROM job_events
        WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?
        """, [job, after, limit]
      ) {
        JobEvent(
          id: try $0.next(), job: try $0.next(), time: try $0.nextTimestamp(),
          kind: try $0.next(), detail: try $0.next())
      }
    }
  }

  /// Stops a job: at once if no worker has it, else when its worker hears of it.
  ///
  /// - Throws: `unknown_job`; `job_ended`.
  package func cancelJob(_ id: Int64) throws -> JobRecord {
    try write { database in
      let record = try database.job(id)
      switch record.state {
      case .waiting: try database.end(id, .cancelled)
      case .running:
        if record.cancelledAt == nil {
          try database.change(
            "UPDATE jobs SET cancelled_at = ? WHERE id = ?", [Timestamp.now().microseconds, id])
          try database.note("cancelling", ofJob: id)
        }
      case .finished, .failed, .cancelled:
        throw RegistryError(
          .jobEnded, "The job \(id) is \(record.state.rawValue).", place: .subject("job \(id)"),
          remedy: "Submit it again if it is to be done once more.")
      }
      return try database.job(id)
    }
  }
}

extension Database {
  /// A job by its number.
  ///
  /// - Throws: `unknown_job`.
  func job(_ id: Int64) throws -> JobRecord {
    let needs = try all(
      "SELECT needed_id FROM job_needs WHERE job_id = ? ORDER BY needed_id", [id]
    ) { try $0.next(Int64.self) }
    let runs = try all(
      """
      SELECT runs.identifier FROM job_runs JOIN runs ON runs.id = job_runs.run_id
      WHERE job_runs.job_id = ? ORDER BY job_runs.run_id
      """, [id]
    ) { try $0.nextRunIdentifier() }
    let record = try first(
      """
      SELECT kind, request, state, priority, attempts, maximum_attempts, unmet_needs, created_at,
        created_by, started_at, ended_at, cancelled_at, worker, progress, result, error
      FROM jobs WHERE id = ?
      """, [id]
    ) {
      JobRecord(
        id: id, kind: try $0.next(), request: try $0.next(), state: try $0.nextCase(),
        priority: try $0.next(), attempts: try $0.next(), maximumAttempts: try $0.next(),
        needs: needs, unmetNeeds: try $0.next(), createdAt: try $0.nextTimestamp(),
        createdBy: try $0.next(), startedAt: try $0.nextOptionalTimestamp(),
        endedAt: try $0.nextOptionalTimestamp(), cancelledAt: try $0.nextOptionalTimestamp(),
        worker: try $0.next(), runs: runs, progress: try $0.next(), result: try $0.next(),
        error: try $0.next())
    }
    guard let record else {
      throw RegistryError(
        .unknownJob, "There is no job \(id).", place: .subject("job \(id)"),
        remedy: "List the jobs with `registry jobs`.")
    }
    return record
  }

  /// Writes down that something happened to a job.
  func note(_ kind: String, ofJob id: Int64, detail: String = "{}") throws {
    try change(
      "INSERT INTO job_events (job_id, time, kind, detail) VALUES (?, ?, ?, ?)",
      [id, Timestamp.now().microseconds, kind, detail])
  }

  /// Notes which job a run belongs to.
  func addJob(_ job: Int64, toRun id: Int64) throws {
    try change("INSERT INTO job_runs (run_id, job_id) VALUES (?, ?)", [id, job])
  }
}
