import Diagnostics
import GRDB

/// A move of an alias from one version to another.
package struct AliasChange: Hashable, Sendable {
  /// The version that the alias points to since then.
  package let version: Int
  /// The version that it pointed to before; `nil` if it was new.
  package let previousVersion: Int?
  /// When it was moved.
  package let changedAt: Timestamp

  /// A move.
  package init(version: Int, previousVersion: Int?, changedAt: Timestamp) {
    self.version = version
    self.previousVersion = previousVersion
    self.changedAt = changedAt
  }
}

extension CatalogDatabase {
  /// The aliases that point to a model version, in order.
  package func aliases(ofVersion id: Int64) throws -> [String] {
    try read { database in
      try database.all(
        "SELECT name FROM aliases WHERE version_id = ? ORDER BY name", [id]
      ) { try $0.next() }
    }
  }

  /// Points an alias of a model to one of its versions, and remembers the move.
  ///
  /// - Returns: The version that it pointed to before; `nil` if it is new.
  /// - Throws: `malformed_name`, `unknown_model`, `unknown_model_version`.
  package func setAlias(_ alias: String, model: String, version: Int) throws -> Int? {
    try NameRule.checkAlias(alias)
    return try write { database in
      let reference = Reference(name: model, selector: .version(version))
      guard let modelID = try database.modelID(model),
        let versionID = try database.modelVersionID(reference)
      else { throw try database.unknownModelVersion(reference) }
      let previous = try database.first(
        """
        SELECT model_versions.id, model_versions.version
        FROM aliases JOIN model_versions ON model_versions.id = aliases.version_id
        WHERE aliases.model_id = ? AND aliases.name = ?
        """, [modelID, alias]
      ) { (id: try $0.next(Int64.self), version: try $0.next(Int.self)) }
      guard previous?.id != versionID else { return version }
      try database.change(
        """
        INSERT INTO aliases (model_id, name, version_id) VALUES (?, ?, ?)
        ON CONFLICT (model_id, name) DO UPDATE SET version_id = excluded.version_id
        """, [modelID, alias, versionID])
      try database.change(
        """
        INSERT INTO alias_changes (model_id, name, version_id, previous_version_id, changed_at)
        VALUES (?, ?, ?, ?, ?)
        """, [modelID, alias, versionID, previous?.id, Timestamp.now().microseconds])
      return previous?.version
    }
  }

  /// Every move of an alias, oldest first.
  package func aliasHistory(_ alias: String, model: String) throws -> [AliasChange] {
    try read { try $0.aliasHistory(alias, model: model) }
  }
}

extension NameRule {
  /// Checks the name of an alias, which must not be taken for a version.
  ///
  /// - Throws: `malformed_name`.
  static func checkAlias(_ alias: String) throws(RegistryError) {
    try check(alias, "alias")
    guard !Reference.isNumber(alias) else {
      throw RegistryError(
        .malformedName, "'\(alias)' cannot name an alias: it would be taken for a version.",
        place: .subject(alias), remedy: "Add a letter.")
    }
  }
}

extension Database {
  func aliasHistory(_ alias: String, model: String) throws -> [AliasChange] {
    try all(
      """
      SELECT current.version, former.version, alias_changes.changed_at
      FROM models JOIN alias_changes ON alias_changes.model_id = models.id
      JOIN model_versions AS current ON current.id = alias_changes.version_id
      LEFT JOIN model_versions AS former ON former.id = alias_changes.previous_version_id
      WHERE models.name = ? AND alias_changes.name = ? ORDER BY alias_changes.id
      """, [model, alias]
    ) {
      AliasChange(
        version: try $0.next(), previousVersion: try $0.next(),
        changedAt: try $0.nextTimestamp())
    }
  }
}
