internal import Diagnostics
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import RegistryKit

extension Operation {
  /// What workers are asked to do.
  @OperationList static func jobs() -> [Operation] {
    submission(TrainJob.self, "Trains a model, or an architecture from nothing.")
    submission(DeriveJob.self, "Derives a child with a new head, and trains it.")
    submission(EvaluateJob.self, "Measures a model on images.")
    submission(CompareJob.self, "Compares ways to train for the labels of a model.")
    submission(CheckJob.self, "Finds duplicates, leaks, poor pictures and wrong labels.")
    get(
      "jobs", "Lists jobs, the newest first.",
      [
        .query(
          "state", .choice(["waiting", "running", "finished", "failed", "cancelled"]),
          "Only jobs in this state."),
        .query("limit", .integer(1...1_000), "The most jobs; 50 if not given."),
        .query("before", .integer(1...Int.max), "Only jobs before this one, as next tells."),
      ]
    ) { call, registry in
      try registry.jobs(
        state: call.text("state"), before: call.integer("before"),
        limit: call.integer("limit") ?? 50)
    }
    document("jobs/{job}", "Shows a job with its request, its result and its events.", .job, .job) {
      call, registry in try registry.job(call.job()).document()
    }
    Operation(
      method: .get, path: "jobs/{job}/events",
      summary:
        "Tells what happens to a job as it happens: its states, where it stands, its metrics.",
      role: .read, parameters: .job, answer: .events
    ) { call in
      let job = try call.job()
      // What is wrong is said before the stream begins.
      _ = try await call.served.read { try $0.job(job) }
      return JobEventStream(
        job: job, served: call.served, lastEventID: call.request.headers[.lastEventID]
      ).response()
    }
    post("jobs/{job}/cancel", "Stops a job.", .job, body: EmptyBody.self) { call, registry, _ in
      try registry.cancelJob(call.job())
    }
  }

  /// Queues a job of a kind.
  static func submission<Request: JobRequest>(
    _ type: Request.Type, _ summary: String
  ) -> Operation {
    post("jobs/\(type.kind)", summary, .queueing, body: type) { call, registry, request in
      try registry.submit(request, call.queueing())
    }
  }
}

extension [Parameter] {
  fileprivate static let job: [Parameter] = [.path("job", "The number of the job.")]

  /// What every submission takes.
  fileprivate static let queueing: [Parameter] = [
    .query("priority", .integer(-100...100), "Higher ones go first; 0 if not given."),
    .query("attempts", .integer(1...100), "How often it may be begun; 3 if not given."),
    .query("needs", "The numbers of the jobs that must end well first, with commas between them."),
  ]
}

extension JSONSchema {
  /// A job with all that is known of it.
  fileprivate static let job: JSONSchema = {
    let any = JSONSchema(document: .object([]), named: [:])
    return .merged(
      .of(JobSummary.self),
      .object([
        ("request", .anyObject), ("result", any), ("events", .of([JobEventAnswer].self)),
      ]), without: "")
  }()
}

extension Call {
  /// The number of the job in the path.
  fileprivate func job() throws -> Int {
    guard let number = Int(path("job")), number > 0 else {
      throw RegistryError.malformed(
        "The parameter is no number of a job.", "job", remedy: "Give a whole number.")
    }
    return number
  }

  /// How a job is queued.
  fileprivate func queueing() throws -> JobQueueing {
    var queueing = JobQueueing()
    queueing.priority = integer("priority") ?? 0
    queueing.maximumAttempts = integer("attempts") ?? 3
    queueing.needs = try (text("needs") ?? "").split(separator: ",").map { digits in
      guard let number = Int(digits), number > 0 else {
        throw RegistryError.malformed(
          "The parameter names no jobs.", "needs", remedy: "Give numbers such as 3,4.")
      }
      return number
    }
    queueing.createdBy = context.principal?.name
    return queueing
  }
}
