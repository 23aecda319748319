/// Which items of a list are wanted, and in which order.
public struct ListRequest: Sendable {
  /// Only versions of this model or dataset; of runs none.
  public var name: String?
  /// A condition, for example `metrics.validation_accuracy > 0.9 and tags.stage = 'live'`.
  public var condition: String?
  /// The keys to sort by, for example `metrics.loss desc, created`; the newest first if not given.
  public var order: String?
  /// The most items.
  public var limit: Int
  /// How many items are passed over.
  public var offset: Int
  /// The last item of the page before, in the order of time: a version's reference or a run's id.
  public var after: String?

  /// A request for the newest items.
  public init(
    name: String? = nil, where condition: String? = nil, sort order: String? = nil,
    limit: Int = 50, offset: Int = 0, after: String? = nil
  ) {
    self.name = name
    self.condition = condition
    self.order = order
    self.limit = limit
    self.offset = offset
    self.after = after
  }
}

/// A page of model versions.
public struct ModelList: Codable, Sendable {
  /// The versions.
  public var models: [ModelSummary]
  /// The last of them when others follow, for ``ListRequest/after``; `nil` at the end.
  public var next: String?
}

/// A page of runs.
public struct RunList: Codable, Sendable {
  /// The runs.
  public var runs: [RunSummary]
  /// The last of them when others follow, for ``ListRequest/after``; `nil` at the end.
  public var next: String?
}

/// A page of dataset versions.
public struct DatasetList: Codable, Sendable {
  /// The versions.
  public var datasets: [DatasetSummary]
  /// The last of them when others follow, for ``ListRequest/after``; `nil` at the end.
  public var next: String?
}
