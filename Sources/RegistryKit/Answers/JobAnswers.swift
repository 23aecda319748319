/// What went wrong, as `--json` prints it.
public struct ErrorAnswer: Codable, Sendable, Hashable {
  /// The name of the rule that was broken; `docs/errors.md` lists them.
  public var code: String
  /// What was wrong.
  public var message: String
  /// Where.
  public var place: String?
  /// What to do.
  public var remedy: String?
}

/// Where a job stands in its work.
public struct JobProgress: Codable, Sendable, Hashable {
  /// What is going on, for example `Training`.
  public var activity: String
  /// How much is done.
  public var completed: Int
  /// How much there is to do, when that is known.
  public var total: Int?
  /// What is counted, for example `epochs`.
  public var unit: String
  /// A figure worth seeing as it changes.
  public var detail: String?
  /// How much was done in a second, of late.
  public var rate: Double?
  /// The seconds until all is done, if it goes on so.
  public var secondsLeft: Double?
}

/// A job in a list.
public struct JobSummary: Codable, Sendable {
  /// Its number; later ones are greater.
  public var job: Int
  /// `train`, `derive`, `evaluate`, `compare`, `import-images` or `import-model`.
  public var kind: String
  /// `waiting`, `running`, `finished`, `failed` or `cancelled`.
  public var state: String
  /// Those with a higher one go first, from -100 to 100.
  public var priority: Int
  /// How often it was begun.
  public var attempts: Int
  /// How often it may be begun.
  public var maximumAttempts: Int
  /// The jobs that must end well first.
  public var needs: [Int]
  /// When it was submitted, ISO 8601, UTC.
  public var createdAt: String
  /// Who submitted it.
  public var createdBy: String
  /// When it was first begun.
  public var startedAt: String?
  /// When it ended.
  public var endedAt: String?
  /// When somebody wanted it to stop.
  public var cancelledAt: String?
  /// Who works on it.
  public var worker: String?
  /// Its runs, the oldest first.
  public var runs: [String]
  /// Where it stands; `nil` unless it is at work.
  public var progress: JobProgress?
  /// What went wrong the last time.
  public var error: ErrorAnswer?
}

/// A page of jobs.
public struct JobList: Codable, Sendable {
  /// The jobs.
  public var jobs: [JobSummary]
  /// The last job of the page, for the next one; `nil` when there are no more.
  public var next: Int?
}

/// Something that happened to a job.
public struct JobEventAnswer: Codable, Sendable {
  /// The kinds of the events after which nothing happens to a job.
  package static let endings: Set<String> = ["finished", "failed", "cancelled"]

  /// Its number; later ones are greater.
  public var event: Int
  /// The job.
  public var job: Int
  /// When, ISO 8601, UTC.
  public var time: String
  /// `submitted`, `started`, `retrying`, `released`, `cancelling`, `finished`, `failed` or `cancelled`.
  public var kind: String
  /// What went wrong.
  public var error: ErrorAnswer?
}

/// A job with all that is known of it.
public struct JobDetails: Sendable {
  /// What lists show.
  public var summary: JobSummary
  /// What was asked for.
  package var request: JSONValue
  /// What it came to: the answer of its command; null unless it is finished.
  package var result: JSONValue
  /// What happened to it, in order.
  public var events: [JobEventAnswer]

  /// The members of the summary, and the rest behind them.
  package func document() throws -> JSONValue {
    .object(
      try JSONValue(encoding: summary).members + [
        .init(key: "request", value: request), .init(key: "result", value: result),
        .init(key: "events", value: try JSONValue(encoding: events)),
      ])
  }
}

/// How a job is queued.
public struct JobQueueing: Sendable, Hashable {
  /// Those with a higher one go first, from -100 to 100.
  public var priority = 0
  /// How often it may be begun, from 1 to 100.
  public var maximumAttempts = 3
  /// The jobs that must end well first.
  public var needs: [Int] = []
  /// Who asks; the user of this process if not given.
  public var createdBy: String?

  /// A job that begins when a worker is free.
  public init() {}
}
