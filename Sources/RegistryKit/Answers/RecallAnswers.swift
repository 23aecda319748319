/// The mark of a model version that must not be built on.
///
/// It covers all descendants of the version.
public struct Recall: Codable, Sendable, Hashable {
  /// The model that was recalled.
  public var model: String
  /// The version that was recalled.
  public var version: Int
  /// Why.
  public var reason: String
  /// When, ISO 8601, UTC.
  public var recalledAt: String
  /// When it was undone; `nil` while it is in force.
  public var undoneAt: String?
  /// Why it was undone.
  public var undoReason: String?

  /// The version's name.
  public var name: ModelName { ModelName(model: model, version: version) }
}

/// What recalling a version, or undoing that, did.
public struct RecallResult: Codable, Sendable {
  /// The model that was recalled.
  public var model: String
  /// The version that was recalled.
  public var version: Int
  /// Why.
  public var reason: String
  /// When, ISO 8601, UTC.
  public var recalledAt: String
  /// When it was undone; `nil` while it is in force.
  public var undoneAt: String?
  /// Why it was undone.
  public var undoReason: String?
  /// How many versions descend from it and are covered too.
  public var descendants: Int
  /// The aliases that point to it or to a descendant, as `NAME@ALIAS`.
  public var aliases: [String]
}
