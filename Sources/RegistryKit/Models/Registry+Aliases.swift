private import Catalog

extension Registry {
  /// Points an alias at a version, instead of where it pointed before.
  ///
  /// - Throws: `unknown_model`, `malformed_name`, `deleted`.
  public func setAlias(_ alias: String, to reference: String) throws -> AliasResult {
    try NameRule.check(alias, "alias")
    let record = try catalog.modelVersion(try Reference(parsing: reference))
    let previous = try catalog.setAlias(
      alias, model: record.model, version: record.version, by: HostDescription.user)
    return AliasResult(
      model: record.model, alias: alias, version: record.version, previousVersion: previous)
  }

  /// Removes an alias; where it pointed stays in its history.
  ///
  /// - Throws: `unknown_model`, `unknown_alias`.
  public func removeAlias(_ alias: String, of model: String) throws -> AliasRemoval {
    let name = try Reference(parsing: model).name
    let previous = try catalog.removeAlias(alias, model: name, by: HostDescription.user)
    return AliasRemoval(model: name, alias: alias, previousVersion: previous)
  }

  /// The aliases of a model, and who pointed which of them where, and when.
  ///
  /// With a name, that alias only; one that was removed still has a history.
  ///
  /// - Throws: `unknown_model`, `unknown_alias` for a name that was never one.
  public func aliases(of model: String, named alias: String? = nil) throws -> AliasHistory {
    let name = try Reference(parsing: model).name
    let changes = try catalog.aliasHistory(alias, model: name)
    if let alias, changes.isEmpty {
      // Throws, since there is none.
      _ = try catalog.modelVersion(Reference(name: name, selector: .alias(alias)))
    }
    return AliasHistory(
      model: name,
      aliases: try catalog.aliases(ofModel: name)
        .filter { alias == nil || $0.alias == alias }
        .map { .init(alias: $0.alias, version: $0.version) },
      changes: changes.map {
        .init(
          alias: $0.alias, version: $0.version, previousVersion: $0.previousVersion,
          changedAt: $0.changedAt.iso8601, changedBy: $0.changedBy)
      })
  }
}
