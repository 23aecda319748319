/// A run that another program does and this registry keeps.
public struct LoggedRunRequest: Sendable {
  /// The name of the model that the run trains or evaluates.
  public var model: String
  /// `train` or `evaluate`.
  public var kind: String
  /// The version that it starts from or evaluates.
  public var base: String?
  /// The datasets that it reads.
  public var datasets: [String]
  /// What it was told.
  public var parameters: [String: String]
  /// The seed of everything random.
  public var seed: Int

  /// A training run without parameters.
  public init(
    model: String, kind: String = "train", base: String? = nil, datasets: [String] = [],
    parameters: [String: String] = [:], seed: Int = 0
  ) {
    self.model = model
    self.kind = kind
    self.base = base
    self.datasets = datasets
    self.parameters = parameters
    self.seed = seed
  }
}

/// A number that a run measured.
public struct LoggedMetric: Sendable, Hashable {
  /// The name of the metric, at most 250 bytes.
  public var key: String
  /// The number, which may be infinite or NaN.
  public var value: Double
  /// The epoch or batch; one more than the metric's last if not given, from 1.
  public var step: Int?
  /// When it was measured, in microseconds since 1970-01-01 UTC; now if not given.
  public var time: Int64?

  /// A number.
  public init(key: String, value: Double, step: Int? = nil, time: Int64? = nil) {
    self.key = key
    self.value = value
    self.step = step
    self.time = time
  }
}

/// How a run ended.
public enum LoggedRunEnd: String, Sendable, CaseIterable {
  /// It did what it was to do, and never changes again.
  case finished
  /// It could not go on.
  case failed
  /// Somebody stopped it.
  case interrupted
}

/// What logging did.
public struct LogResult: Codable, Sendable {
  /// The run's id.
  public var run: String
  /// The model that it trains or evaluates.
  public var model: String
  /// `running`, `finished`, `interrupted` or `failed`.
  public var state: String
  /// How many points were stored.
  public var points: Int
}
