internal import Catalog
private import Diagnostics
private import Networks

extension Registry {
  /// Queues a job for a worker.
  ///
  /// What can be looked at before is looked at: a job that needs no other is checked against the
  /// registry as it is.
  ///
  /// - Throws: `malformed_request`, `unknown_job` for one that it needs, and what is wrong with the
  ///   request itself.
  package func submit(
    _ request: some JobRequest, _ queueing: JobQueueing = JobQueueing()
  ) throws -> JobSummary {
    try queueing.check()
    if queueing.needs.isEmpty { try request.check(in: self) }
    let given = try JSONValue(encoding: request).members.filter { $0.value != .null }
    return JobSummary(
      try catalog.addJob(
        JobDraft(
          kind: type(of: request).kind, request: JSONValue.object(given).line,
          priority: queueing.priority, maximumAttempts: queueing.maximumAttempts,
          needs: queueing.needs.map(Int64.init),
          createdBy: queueing.createdBy ?? HostDescription.user)))
  }

  /// A page of jobs, the newest first.
  ///
  /// - Throws: `malformed_request` for a state that there is not.
  /// - Complexity: O(page).
  public func jobs(state: String? = nil, before: Int? = nil, limit: Int = 50) throws -> JobList {
    let wanted = try state.map { name in
      guard let state = JobState(rawValue: name) else {
        throw RegistryError.malformed(
          "There is no state \(NameRule.shown(name)).", "state",
          remedy: "Known are: \(JobState.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      return state
    }
    let records = try catalog.jobs(
      in: wanted, before: before.map(Int64.init), limit: limit + 1)
    let page = records.prefix(limit).map { JobSummary($0) }
    return JobList(jobs: page, next: records.count > limit ? page.last?.job : nil)
  }

  /// A job by its number.
  ///
  /// - Throws: `unknown_job`.
  public func job(_ number: Int) throws -> JobDetails {
    let record = try catalog.job(Int64(number))
    return JobDetails(
      summary: JobSummary(record), request: try JSONValue(parsing: record.request),
      result: try record.result.map { try JSONValue(parsing: $0) } ?? .null,
      events: try jobEvents(of: number, after: 0, limit: 1_000))
  }

  /// What happened to a job after an event, in order.
  package func jobEvents(of number: Int, after: Int, limit: Int) throws -> [JobEventAnswer] {
    try catalog.jobEvents(of: Int64(number), after: Int64(after), limit: limit).map { event in
      JobEventAnswer(
        event: Int(event.id), job: Int(event.job), time: event.time.iso8601, kind: event.kind,
        error: ErrorAnswer(stored: event.detail))
    }
  }

  /// Stops a job: at once if no worker has it, else at its worker's next safe point.
  ///
  /// - Throws: `unknown_job`, `job_ended`.
  public func cancelJob(_ number: Int) throws -> JobSummary {
    JobSummary(try catalog.cancelJob(Int64(number)))
  }

  /// How many jobs wait, and how many are at work.
  package func jobCounts() throws -> (waiting: Int, running: Int) { try catalog.jobCounts() }

  /// Whether there is work for a worker.
  package func hasClaimableJob() throws -> Bool { try catalog.hasClaimableJob() }

  /// Gives the jobs of a worker that is known to have died to others.
  package func endLeases(ofWorker worker: String, _ error: RegistryError) throws {
    try catalog.endLeases(ofWorker: worker, error)
  }
}

// MARK: Checks

extension Registry {
  /// - Throws: `unknown_model`.
  func check(model: String) throws { _ = try catalog.modelVersion(Reference(parsing: model)) }

  /// - Throws: `unknown_model`, `unknown_dataset`.
  func check(model: String, datasets: [String]?) throws {
    try check(model: model)
    try check(datasets: datasets)
  }

  /// - Throws: `unknown_dataset`.
  func check(datasets: [String]?) throws {
    for dataset in datasets ?? [] { _ = try self.dataset(dataset) }
  }

  /// - Throws: `malformed_name`, `model_exists`, `unknown_architecture`.
  func check(scratch request: ScratchRequest) throws {
    try NameRule.check(request.name, "model")
    _ = try Architecture.named(request.architecture)
    if !request.isNewVersion { try requireNew(request.name) }
  }

  /// - Throws: `malformed_name`, `model_exists`, `unknown_model`, `recalled_model`.
  func check(derivation request: DeriveRequest) throws {
    let name = request.name ?? request.head
    try NameRule.check(name, "model")
    if !request.isNewVersion { try requireNew(name) }
    let base = try catalog.modelVersion(Reference(parsing: request.base))
    if !request.allowsRecalled { try requireNotRecalled(base) }
  }
}

extension JobQueueing {
  fileprivate func check() throws {
    guard (-100...100).contains(priority) else {
      throw RegistryError.malformed(
        "A priority cannot be \(priority).", "priority", remedy: "Give one from -100 to 100.")
    }
    guard (1...100).contains(maximumAttempts) else {
      throw RegistryError.malformed(
        "A job cannot be begun \(maximumAttempts) times.", "attempts",
        remedy: "Give a number from 1 to 100.")
    }
    guard needs.count <= 100 else {
      throw RegistryError.malformed(
        "A job cannot need more than 100 others.", "needs", remedy: "Name fewer.")
    }
  }
}

// MARK: Answers

extension JobSummary {
  /// What lists show of a job.
  init(_ record: JobRecord) {
    self.init(
      job: Int(record.id), kind: record.kind, state: record.state.rawValue,
      priority: record.priority, attempts: record.attempts,
      maximumAttempts: record.maximumAttempts, needs: record.needs.map(Int.init),
      createdAt: record.createdAt.iso8601, createdBy: record.createdBy,
      startedAt: record.startedAt?.iso8601, endedAt: record.endedAt?.iso8601,
      cancelledAt: record.cancelledAt?.iso8601, worker: record.worker, runs: record.runs,
      progress: record.state == .running
        ? record.progress.flatMap { try? JobJSON.value(JobProgress.self, from: $0) } : nil,
      error: record.error.flatMap { ErrorAnswer(stored: $0) })
  }
}

extension ErrorAnswer {
  /// What the catalogue keeps; `nil` if nothing went wrong.
  init?(stored text: String) {
    guard let answer = try? JobJSON.value(ErrorAnswer.self, from: text) else { return nil }
    self = answer
  }
}
