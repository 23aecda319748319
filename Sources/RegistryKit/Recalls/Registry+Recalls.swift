package import Catalog
package import Diagnostics

extension Registry {
  /// Marks a model version as one that must not be built on, and with it all its descendants, also
  /// those that are derived later.
  ///
  /// What is marked stays readable: `predict`, `evaluate` and `export` tell of the recall, `derive`
  /// and `train` refuse unless they are told to go on.
  ///
  /// - Throws: `unknown_model`, `already_recalled`, `malformed_request` without a reason.
  public func recall(_ reference: String, reason: String) throws -> RecallResult {
    try check(reason)
    let (recall, reach) = try catalog.recall(try Reference(parsing: reference), reason: reason)
    return RecallResult(recall, reach)
  }

  /// Takes back the recall of a version; it stays in the history.
  ///
  /// - Throws: `unknown_model`, `not_recalled`.
  public func undoRecall(of reference: String, reason: String? = nil) throws -> RecallResult {
    if let reason { try check(reason) }
    let (recall, reach) = try catalog.undoRecall(try Reference(parsing: reference), reason: reason)
    return RecallResult(recall, reach)
  }

  /// Every recall, those that were undone too, the newest first; with a model version, those of it
  /// and of its ancestors.
  ///
  /// - Throws: `unknown_model`.
  public func recallHistory(of reference: String? = nil) throws -> [Recall] {
    try catalog.recallHistory(of: try reference.map { try Reference(parsing: $0) }).map(Recall.init)
  }

  /// The recalls in force that cover a version.
  package func recalls(of model: LoadedModel) throws -> [Recall] {
    try catalog.recalls(coveringVersion: model.record.id).map(Recall.init)
  }

  /// Refuses to build on a version that is recalled.
  ///
  /// - Throws: `recalled_model`.
  package func requireNotRecalled(_ record: ModelVersionRecord) throws {
    guard let recall = try catalog.recalls(coveringVersion: record.id).first else { return }
    let name = record.reference
    throw RegistryError(
      .recalledModel,
      recall.version == name
        ? "\(name) is recalled: \(recall.reason)."
        : "\(name) descends from \(recall.version), which is recalled: \(recall.reason).",
      place: .subject(name.description),
      remedy: "Build on another version, or pass --allow-recalled.")
  }

  private func check(_ reason: String) throws {
    guard reason.contains(where: { !$0.isWhitespace }), reason.utf8.count <= 4096 else {
      throw RegistryError(
        .malformedRequest, "A reason has at least one letter and at most 4,096 bytes.",
        place: .subject("--reason"), remedy: "Say in a sentence what is wrong.")
    }
  }
}

extension Recall {
  package init(_ record: RecallRecord) {
    self.init(
      model: record.version.name, version: record.version.version, reason: record.reason,
      recalledAt: record.recalledAt.iso8601, undoneAt: record.undoneAt?.iso8601,
      undoReason: record.undoReason)
  }
}

extension RecallResult {
  fileprivate init(_ record: RecallRecord, _ reach: RecallReach) {
    self.init(
      model: record.version.name, version: record.version.version, reason: record.reason,
      recalledAt: record.recalledAt.iso8601, undoneAt: record.undoneAt?.iso8601,
      undoReason: record.undoReason, descendants: reach.descendantCount, aliases: reach.aliases)
  }
}

extension RegistryError.Code {
  /// A model version that is recalled, or descends from one, was to be built on.
  package static let recalledModel = Self("recalled_model", .conflict)
}
