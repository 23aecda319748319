/// What a run does.
package enum RunKind: String, Sendable, CaseIterable {
  /// Fits a model.
  case train
  /// Measures a model.
  case evaluate
}

/// Where a run stands.
package enum RunState: String, Sendable, CaseIterable {
  /// It is going on, or its process died without a word.
  case running
  /// It did what it was to do, and never changes again.
  case finished
  /// Somebody stopped it; it may go on later.
  case interrupted
  /// It could not go on.
  case failed
}

/// A run that is to begin.
package struct RunDraft: Sendable {
  /// What it does.
  package var kind: RunKind
  /// The name of the model that it makes or measures.
  package var model: String
  /// The version that it starts from, or measures.
  package var baseID: Int64?
  /// The dataset versions that it reads.
  package var datasetVersionIDs: [Int64]
  /// What it was told, for example `epochs`.
  package var parameters: [String: String]
  /// What its random numbers were drawn with.
  package var seed: Int
  /// The machine, for example `cores`.
  package var host: [String: String]
  /// The name and version of the program.
  package var program: String
  /// The number of the job that it is part of.
  package var job: Int64?

  /// A run with these properties.
  package init(
    kind: RunKind, model: String, baseID: Int64?, datasetVersionIDs: [Int64],
    parameters: [String: String], seed: Int, host: [String: String], program: String
  ) {
    self.kind = kind
    self.model = model
    self.baseID = baseID
    self.datasetVersionIDs = datasetVersionIDs
    self.parameters = parameters
    self.seed = seed
    self.host = host
    self.program = program
  }
}

/// How a run ended.
package struct RunCompletion: Sendable {
  /// The identifier of the run.
  package var run: String
  /// Where it stands now; not `running`.
  package var state: RunState
  /// Why, when it did not finish.
  package var message: String?
  /// The last points, for example of the final evaluation.
  package var metrics: [MetricPoint]
  /// What the model answered for each image, if it was measured.
  package var predictions: [PredictionRecord] = []

  /// An end.
  package init(
    run: String, state: RunState, message: String? = nil, metrics: [MetricPoint] = []
  ) {
    self.run = run
    self.state = state
    self.message = message
    self.metrics = metrics
  }
}

/// One training or evaluation.
package struct RunRecord: Hashable, Sendable {
  /// 32 hexadecimal digits; those of a later run are greater.
  package let id: String
  /// What it does.
  package let kind: RunKind
  /// Where it stands.
  package let state: RunState
  /// The name of the model that it makes or measures.
  package let model: String
  /// The version that it started from, or measured.
  package let base: NamedVersion?
  /// The version that it made.
  package let produced: NamedVersion?
  /// The dataset versions that it read.
  package let datasets: [NamedVersion]
  /// What it was told.
  package let parameters: [String: String]
  /// What its random numbers were drawn with.
  package let seed: Int
  /// The machine.
  package let host: [String: String]
  /// The name and version of the program.
  package let program: String
  /// When it began.
  package let startedAt: Timestamp
  /// When it ended; `nil` while it is running.
  package let endedAt: Timestamp?
  /// Why it ended, when it did not finish.
  package let message: String?

  /// A run with these properties.
  package init(
    id: String, kind: RunKind, state: RunState, model: String, base: NamedVersion?,
    produced: NamedVersion?, datasets: [NamedVersion], parameters: [String: String], seed: Int,
    host: [String: String], program: String, startedAt: Timestamp, endedAt: Timestamp?,
    message: String?
  ) {
    self.id = id
    self.kind = kind
    self.state = state
    self.model = model
    self.base = base
    self.produced = produced
    self.datasets = datasets
    self.parameters = parameters
    self.seed = seed
    self.host = host
    self.program = program
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.message = message
  }
}

/// What a list shows of a run.
package struct RunListing: Hashable, Sendable {
  /// The run.
  package let run: RunRecord
  /// The last value of each metric.
  package let metrics: [String: Double]
  /// What is written about it.
  package let annotations: Annotations
}
