/// What somebody may do through the service; each role may do what the ones before it may.
public enum AccessRole: String, Codable, Sendable, CaseIterable, Comparable {
  /// Look at everything.
  case read
  /// Change records, add to them, and train.
  case write
  /// Free bytes for good, and manage tokens.
  case admin

  /// Whether the one may do less.
  public static func < (left: AccessRole, right: AccessRole) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .read: 0
    case .write: 1
    case .admin: 2
    }
  }
}

/// A token that was made.
public struct TokenResult: Codable, Sendable {
  /// The name by which people call it.
  public var name: String
  /// What it allows.
  public var role: AccessRole
  /// The token itself, which is told once and kept nowhere.
  public var token: String
  /// From when on it is worth nothing, ISO 8601, UTC; `nil` if it does not expire.
  public var expiresAt: String?
}

/// A token in a list.
public struct TokenSummary: Codable, Sendable {
  /// The name by which people call it.
  public var name: String
  /// What it allows.
  public var role: AccessRole
  /// When it was made, ISO 8601, UTC.
  public var createdAt: String
  /// Who made it, as `USER@HOST`.
  public var createdBy: String
  /// From when on it is worth nothing, ISO 8601, UTC; `nil` if it does not expire.
  public var expiresAt: String?
  /// When it was revoked, ISO 8601, UTC.
  public var revokedAt: String?
}
