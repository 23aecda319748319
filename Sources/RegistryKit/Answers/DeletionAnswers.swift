/// Something that can be tagged, deleted and restored.
public enum RegistrySubject: Sendable, Hashable {
  /// A model with all its versions (`NAME`), or one version (`NAME@3`, `NAME@ALIAS`).
  case model(String)
  /// A dataset with all its versions (`NAME`), or one version (`NAME@3`).
  case dataset(String)
  /// A run, by its id or a unique beginning of it.
  case run(String)
}

/// What is to be deleted.
public struct DeleteRequest: Sendable {
  /// What is named.
  public var subjects: [RegistrySubject]
  /// Whether all models that descend from it are deleted too.
  public var includesDescendants: Bool
  /// Whether descendants stay, and aliases that point to what is deleted are removed.
  public var isForced: Bool

  /// A request that is refused when something depends on what is named.
  public init(
    subjects: [RegistrySubject], includesDescendants: Bool = false, isForced: Bool = false
  ) {
    self.subjects = subjects
    self.includesDescendants = includesDescendants
    self.isForced = isForced
  }
}

/// What was deleted or restored.
public struct SubjectList: Codable, Sendable {
  /// Model versions, as `NAME@VERSION`.
  public var models: [String]
  /// Dataset versions, as `NAME@VERSION`.
  public var datasets: [String]
  /// The ids of runs.
  public var runs: [String]
  /// Aliases that were removed, as `NAME@ALIAS`.
  public var aliases: [String]

  /// Whether nothing is in it.
  public var isEmpty: Bool { models.isEmpty && datasets.isEmpty && runs.isEmpty }
}

/// Something that is deleted.
public struct DeletedSubject: Codable, Sendable {
  /// `model_version`, `dataset_version` or `run`.
  public var kind: String
  /// `NAME@VERSION`, or the id of a run.
  public var subject: String
  /// When it was deleted, ISO 8601, UTC.
  public var deletedAt: String
  /// Who deleted it, as `USER@HOST`.
  public var deletedBy: String
  /// When its bytes were freed, ISO 8601, UTC; `nil` while it can be restored.
  public var collectedAt: String?
}

/// What collecting garbage freed, or would free.
public struct GarbageCollectionResult: Codable, Sendable {
  /// Whether nothing was changed.
  public var dryRun: Bool
  /// The bytes that were freed, or would be, in files of the registry's folder.
  public var freedBytes: Int
  /// How many objects were removed.
  public var objects: Int
  /// How many packs were written anew without tensors that nothing needs.
  public var repacked: Int
  /// How many unfinished files of writers that are gone were removed.
  public var temporaryFiles: Int
  /// How many files of the caches were removed, to keep them in their bounds.
  public var cacheFiles: Int
  /// What was deleted and cannot be restored any more.
  public var collected: SubjectList
}
