package import Diagnostics

extension RegistryError.Code {
  /// What is named was deleted.
  package static let deleted = Self("deleted", .notFound)
  /// What is to be restored is not deleted.
  package static let notDeleted = Self("not_deleted", .conflict)
  /// What is to be restored was collected: its bytes are gone.
  package static let collected = Self("collected", .conflict)
  /// What is to be deleted is what other things were made from.
  package static let hasDescendants = Self("has_descendants", .conflict)
  /// An alias points to what is to be deleted.
  package static let aliasInTheWay = Self("alias_in_the_way", .conflict)
  /// A run that is to be deleted is going on.
  package static let runIsRunning = Self("run_is_running", .conflict)
}

/// What is to be deleted, and what may go or stay with it.
package struct DeletionRequest: Sendable {
  /// What is named.
  package var subjects: [SubjectName]
  /// Whether all that descends from the subjects is deleted with them.
  package var includesDescendants: Bool
  /// Whether descendants stay, and aliases that point to what is deleted are removed.
  package var isForced: Bool
  /// Who deletes, as `USER@HOST`.
  package var user: String

  /// A request that gives way to descendants and aliases unless told otherwise.
  package init(
    subjects: [SubjectName], includesDescendants: Bool = false, isForced: Bool = false,
    user: String
  ) {
    self.subjects = subjects
    self.includesDescendants = includesDescendants
    self.isForced = isForced
    self.user = user
  }
}

/// What was deleted or restored at once.
package struct DeletedSubjects: Hashable, Sendable {
  /// Model versions, the oldest first.
  package var modelVersions: [NamedVersion] = []
  /// Dataset versions, the oldest first.
  package var datasetVersions: [NamedVersion] = []
  /// Identifiers of runs, the oldest first.
  package var runs: [String] = []
  /// Aliases that went with them, as `NAME@ALIAS`.
  package var aliases: [String] = []
}

/// Something that is deleted.
package struct Tombstone: Hashable, Sendable {
  /// What it is.
  package let subject: Subject
  /// When it was deleted.
  package let deletedAt: Timestamp
  /// Who deleted it, as `USER@HOST`.
  package let deletedBy: String
  /// When its bytes were collected; `nil` while it can be restored.
  package let collectedAt: Timestamp?
}

/// Rows of model versions, dataset versions and runs.
struct DeletionRows {
  var modelVersions: Set<Int64> = []
  var datasetVersions: Set<Int64> = []
  var runs: Set<Int64> = []

  var isEmpty: Bool { modelVersions.isEmpty && datasetVersions.isEmpty && runs.isEmpty }
}
