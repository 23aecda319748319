/// What removing an alias did.
public struct AliasRemoval: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// The alias that is gone.
  public var alias: String
  /// The version that it named.
  public var previousVersion: Int
}

/// The aliases of a model, and every move of them.
public struct AliasHistory: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// Where its aliases point now, in the order of their names.
  public var aliases: [Alias]
  /// Every move, the oldest first.
  public var changes: [Change]

  /// An alias.
  public struct Alias: Codable, Sendable, Hashable {
    /// Its name.
    public var alias: String
    /// The version that it names.
    public var version: Int
  }

  /// A move of an alias.
  public struct Change: Codable, Sendable, Hashable {
    /// The alias.
    public var alias: String
    /// The version that it named from then on; `nil` when it was removed.
    public var version: Int?
    /// The version that it named before; `nil` when it was new.
    public var previousVersion: Int?
    /// When, ISO 8601, UTC.
    public var changedAt: String
    /// Who, as `USER@HOST`.
    public var changedBy: String?
  }
}
