private import Diagnostics
private import FoundationEssentials
import GRDB
private import Tensors

/// Records that come from another registry and keep their names, numbers and times: all of them are
/// written, or none.
package struct ArchiveTransaction {
  /// What the catalogue holds, what was written already included.
  package let snapshot: CatalogSnapshot
  private let database: Database
  private let isStored: (Digest) -> Bool

  fileprivate init(_ database: Database, isStored: @escaping (Digest) -> Bool) {
    self.database = database
    self.isStored = isStored
    snapshot = CatalogSnapshot(database)
  }

  /// Records an image unless it is known.
  ///
  /// - Throws: `collected_meanwhile` when its bytes are not in the store.
  package func add(_ image: ImageRecord) throws {
    try database.recordImage(image, isStored: isStored)
  }

  /// Makes the next version of a dataset, at the time that the draft names.
  ///
  /// - Throws: `malformed_name`; `dataset_changed` when the draft's base is not the newest.
  package func add(_ draft: ImageImportDraft) throws {
    try NameRule.check(draft.dataset, "dataset")
    _ = try database.recordImport(draft, isStored: isStored)
  }

  /// Makes packs known.
  ///
  /// - Throws: `collected_meanwhile` when one is not in the store.
  package func add(_ pack: PackDraft) throws {
    try database.recordPack(pack, isStored: isStored)
  }

  /// Begins a run, with its identifier and its beginning.
  ///
  /// - Returns: its row, for ``append(_:toRun:)`` and ``end(_:_:)``.
  package func begin(_ run: RunRecord) throws -> Int64 {
    guard let identifier = RunIdentifier.range(ofPrefix: run.id)?.first else {
      throw RegistryError(
        .malformedName, "\(NameRule.shown(run.id)) is no identifier of a run.",
        place: .subject(run.id), remedy: "Get the file again from its source.")
    }
    let row = try database.insert(
      """
      INSERT INTO runs (identifier, kind, state, model, base_id, seed, host_id, program,
        started_at)
      VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?)
      """,
      [
        Data(identifier), run.kind.rawValue, try run.model.withoutNull(), run.base?.id, run.seed,
        try database.documentID(HostDescription.text(run.host)), try run.program.withoutNull(),
        run.startedAt.microseconds,
      ])
    try database.addDatasets(run.datasets.map(\.id), toRun: row)
    try database.addParameters(run.parameters, toRun: row)
    return row
  }

  /// Adds points to a run that was begun.
  package func append(_ points: [MetricPoint], toRun row: Int64) throws {
    try database.append(points, toRun: row)
  }

  /// Ends a run as it ended where it comes from.
  package func end(_ row: Int64, _ run: RunRecord) throws {
    try database.change(
      "UPDATE runs SET state = ?, ended_at = ?, message = ? WHERE id = ?",
      [run.state.rawValue, run.endedAt?.microseconds, try run.message?.withoutNull(), row])
  }

  /// Registers a version under its number and with its time.
  ///
  /// - Throws: `malformed_name`, `unknown_run`.
  package func add(
    _ draft: ModelVersionDraft, version: Int, createdAt: Timestamp, run: String?
  ) throws -> ModelVersionRecord {
    try NameRule.check(draft.model, "model")
    return try database.register(
      draft, keeping: KeptIdentity(version: version, createdAt: createdAt, run: run),
      isStored: isStored)
  }

  /// Gives a model an alias that it does not have, with its history; the last move is where it
  /// points.
  ///
  /// - Precondition: there is a move.
  /// - Throws: `malformed_name`, `unknown_model_version`.
  package func add(alias: String, model: String, _ history: [AliasChange]) throws {
    try NameRule.checkAlias(alias)
    func row(_ version: Int) throws -> Int64 {
      guard let record = try snapshot.modelVersion(named: model, version) else {
        throw try database.unknownModelVersion(
          Reference(name: model, selector: .version(version)))
      }
      return record.id
    }
    guard let last = history.last?.version, let modelID = try database.modelID(model) else {
      preconditionFailure("an alias of a model has a history that ends at a version")
    }
    try database.change(
      "INSERT INTO aliases (model_id, name, version_id) VALUES (?, ?, ?)",
      [modelID, alias, try row(last)])
    for change in history {
      try database.rememberMove(
        of: alias, model: modelID, to: try change.version.map(row),
        from: try change.previousVersion.map(row), at: change.changedAt, by: change.changedBy)
    }
  }

  /// Writes tags and a note about a subject; those that it has are left as they are.
  ///
  /// - Throws: `malformed_name` for a key, `text_too_long`.
  package func add(_ annotations: Annotations, to kind: Subject.Kind, _ id: Int64) throws {
    try AnnotationChange(
      tags: annotations.tags, note: annotations.note.map { .replaced($0) } ?? .kept
    ).check()
    for (key, value) in annotations.tags {
      try database.change(
        """
        INSERT INTO tags (subject_kind, subject_id, key, value) VALUES (?, ?, ?, ?)
        ON CONFLICT (subject_kind, subject_id, key) DO NOTHING
        """, [kind.rawValue, id, key, value])
    }
    if let note = annotations.note, !note.isEmpty {
      try database.change(
        """
        INSERT INTO notes (subject_kind, subject_id, content, changed_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (subject_kind, subject_id) DO NOTHING
        """, [kind.rawValue, id, note, Timestamp.now().microseconds])
    }
  }

  /// Keeps statements and a signature under the last.
  package func add(_ statements: [StatementRecord], signature: SignatureRecord) throws -> Bool {
    try database.record(statements, signature: signature)
  }

  /// Records a recall of a version with the time when it was made.
  ///
  /// A recall is a decision of a registry, so what was decided here stays: a version that is recalled
  /// stays recalled for the reason that it has, and a recall that was undone stays undone.
  ///
  /// - Returns: whether it is new.
  /// - Throws: `null_in_text`.
  package func add(_ recall: RecallDraft, ofModelVersion id: Int64) throws -> Bool {
    let isKnown = try snapshot.recalls(ofModelVersion: id).contains {
      ($0.reason, $0.recalledAt) == (recall.reason, recall.recalledAt)
        || ($0.undoneAt == nil && recall.undoneAt == nil)
    }
    if !isKnown { _ = try database.record(recall, ofModelVersion: id) }
    return !isKnown
  }
}

extension CatalogDatabase {
  /// Writes everything that `body` writes, or nothing when it throws.
  package func importArchive<Value>(
    _ body: (ArchiveTransaction) throws -> Value
  ) throws -> Value {
    try write { try body(ArchiveTransaction($0, isStored: isStored)) }
  }

  /// Does what ``importArchive(_:)`` does and takes it back, to see whether it can be done once the
  /// objects are in the store.
  package func rehearseArchive(_ body: (ArchiveTransaction) throws -> Void) throws {
    try rehearse { try body(ArchiveTransaction($0, isStored: { _ in true })) }
  }
}
