/// The mark of a model version that must not be built on, which covers its descendants too.
package struct RecallRecord: Hashable, Sendable {
  /// The number of its row.
  package let id: Int64
  /// The version that was recalled.
  package let version: NamedVersion
  /// Why.
  package let reason: String
  /// When.
  package let recalledAt: Timestamp
  /// When it was taken back; `nil` while it is in force.
  package let undoneAt: Timestamp?
  /// Why it was taken back.
  package let undoReason: String?
}

/// A recall that is to be recorded.
package struct RecallDraft: Hashable, Sendable {
  /// Why the version must not be built on.
  package var reason: String
  /// When it was recalled.
  package var recalledAt: Timestamp
  /// When that was taken back, not before; `nil` while it is in force.
  package var undoneAt: Timestamp?
  /// Why it was taken back.
  package var undoReason: String?

  /// A recall that is in force unless it says when it was undone.
  package init(
    reason: String, recalledAt: Timestamp, undoneAt: Timestamp? = nil, undoReason: String? = nil
  ) {
    self.reason = reason
    self.recalledAt = recalledAt
    self.undoneAt = undoneAt
    self.undoReason = undoReason
  }
}

/// How far a recall reaches.
package struct RecallReach: Hashable, Sendable {
  /// How many versions descend from the one that was recalled.
  package let descendantCount: Int
  /// The aliases that point to covered versions, as `NAME@ALIAS`, in order.
  package let aliases: [String]
}
