package import Catalog

extension Registry {
  /// Deletes models, datasets and runs until they are restored or collected.
  ///
  /// What is deleted stands in no list and is not found by its name. Its bytes stay until
  /// ``collectGarbage(isTrial:progress:cancellation:)``, and its record for ever: the lineage of what
  /// descends from it can be told.
  ///
  /// - Throws: `has_descendants`, `alias_in_the_way`, `run_is_running`, `deleted`, and that there is
  ///   no such thing; nothing is changed then.
  public func delete(_ request: DeleteRequest) throws -> SubjectList {
    SubjectList(
      try catalog.delete(
        DeletionRequest(
          subjects: request.subjects.map(\.name),
          includesDescendants: request.includesDescendants, isForced: request.isForced,
          user: HostDescription.user),
        isGone: HostDescription.isGone))
  }

  /// Restores what was deleted; a name without a version stands for all versions that can be.
  ///
  /// - Throws: `not_deleted`, `collected` when the bytes are gone; nothing is changed then.
  public func restore(_ subjects: [RegistrySubject]) throws -> SubjectList {
    SubjectList(try catalog.restore(subjects.map(\.name)))
  }

  /// Undoes the last deletion of which something can be restored.
  ///
  /// - Throws: `not_deleted` when there is none.
  public func restoreLastDeletion() throws -> SubjectList {
    SubjectList(try catalog.restoreLastDeletion())
  }

  /// What is deleted, the last first, also what was collected.
  public func deleted() throws -> [DeletedSubject] {
    try catalog.tombstones().map { tombstone in
      DeletedSubject(
        kind: tombstone.subject.kind.rawValue, subject: tombstone.subject.name,
        deletedAt: tombstone.deletedAt.iso8601, deletedBy: tombstone.deletedBy,
        collectedAt: tombstone.collectedAt?.iso8601)
    }
  }
}

extension SubjectList {
  package init(_ subjects: DeletedSubjects) {
    self.init(
      models: subjects.modelVersions.map(\.description),
      datasets: subjects.datasetVersions.map(\.description), runs: subjects.runs,
      aliases: subjects.aliases)
  }
}
