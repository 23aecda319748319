package import Diagnostics
private import FoundationEssentials

/// Where a job stands.
package enum JobState: String, Sendable, CaseIterable {
  /// No worker has it.
  case waiting
  /// A worker has it.
  case running
  /// It did what it was to do.
  case finished
  /// It could not, or not often enough.
  case failed
  /// Somebody stopped it.
  case cancelled
}

/// A job that is to be queued.
package struct JobDraft: Sendable {
  /// What it does, for example `train`.
  package var kind: String
  /// What is asked for, a JSON object.
  package var request: String
  /// Those with a higher one go first, from -100 to 100.
  package var priority: Int
  /// How often it may be begun.
  package var maximumAttempts: Int
  /// The jobs that must end well first.
  package var needs: [Int64]
  /// Who asks.
  package var createdBy: String

  /// A job.
  package init(
    kind: String, request: String, priority: Int, maximumAttempts: Int, needs: [Int64],
    createdBy: String
  ) {
    self.kind = kind
    self.request = request
    self.priority = priority
    self.maximumAttempts = maximumAttempts
    self.needs = needs
    self.createdBy = createdBy
  }
}

/// A job and where it stands.
package struct JobRecord: Hashable, Sendable {
  /// Its number; later ones are greater.
  package let id: Int64
  /// What it does, for example `train`.
  package let kind: String
  /// What was asked for, a JSON object.
  package let request: String
  package let state: JobState
  /// Those with a higher one go first.
  package let priority: Int
  /// How often it was begun.
  package let attempts: Int
  /// How often it may be begun.
  package let maximumAttempts: Int
  /// The jobs that must end well first.
  package let needs: [Int64]
  /// How many of those have not yet.
  package let unmetNeeds: Int
  package let createdAt: Timestamp
  /// Who asked.
  package let createdBy: String
  /// When it was first begun.
  package let startedAt: Timestamp?
  package let endedAt: Timestamp?
  /// When somebody wanted it to stop.
  package let cancelledAt: Timestamp?
  /// Who has it.
  package let worker: String?
  /// Its runs, the oldest first.
  package let runs: [String]
  /// Where it stands, a JSON object.
  package let progress: String?
  /// What it came to, a JSON object.
  package let result: String?
  /// What went wrong the last time, a JSON object.
  package let error: String?
}

/// A worker's hold on a job: it ends unless the worker is heard of.
package struct JobLease: Hashable, Sendable {
  /// The job.
  package let job: Int64
  /// How often a worker took the job: an older hold is worth nothing.
  package let number: Int64

  /// A hold.
  package init(job: Int64, number: Int64) {
    self.job = job
    self.number = number
  }
}

/// How a worker leaves a job.
package enum JobEnding: Sendable {
  /// It is done, and came to this JSON object.
  case finished(result: String)
  /// It went wrong; another attempt may help or not.
  case failed(RegistryError, mayRetry: Bool)
  /// Whoever asked does not want it any more.
  case cancelled
  /// The worker stops; another may go on.
  case released
}

/// Something that happened to a job.
package struct JobEvent: Hashable, Sendable {
  /// Its number; later ones are greater.
  package let id: Int64
  package let job: Int64
  package let time: Timestamp
  /// `submitted`, `started`, `retrying`, `released`, `cancelling`, `finished`, `failed` or `cancelled`.
  package let kind: String
  /// More about it, a JSON object.
  package let detail: String
}

extension RegistryError {
  /// The error as a JSON object with its code, message, place and remedy.
  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      var members = ["code": code.name, "message": message]
      members["place"] = place.flatMap { $0.isEmpty ? nil : $0.description }
      members["remedy"] = remedy
      return String(decoding: try encoder.encode(members), as: UTF8.self)
    }
  }
}
