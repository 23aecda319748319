import Diagnostics
import GRDB

/// An alias of a model, and where it points.
package struct AliasRecord: Hashable, Sendable {
  /// Its name.
  package let alias: String
  /// The version that it points to.
  package let version: Int
}

/// A move of an alias from one version to another.
package struct AliasChange: Hashable, Sendable {
  /// The alias.
  package let alias: String
  /// The version that the alias points to since then; `nil` if it was removed.
  package let version: Int?
  /// The version that it pointed to before; `nil` if it was new.
  package let previousVersion: Int?
  /// When it was moved.
  package let changedAt: Timestamp
  /// Who moved it, as `USER@HOST`; `nil` if that was not noted.
  package let changedBy: String?

  /// A move.
  package init(
    alias: String, version: Int?, previousVersion: Int?, changedAt: Timestamp, changedBy: String?
  ) {
    self.alias = alias
    self.version = version
    self.previousVersion = previousVersion
    self.changedAt = changedAt
    self.changedBy = changedBy
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

  /// The aliases of a model, in order.
  ///
  /// - Throws: `unknown_model`, `deleted`.
  package func aliases(ofModel name: String) throws -> [AliasRecord] {
    try read { database in
      let model = try database.requiredModelID(name)
      return try database.all(
        """
        SELECT aliases.name, model_versions.version
        FROM aliases JOIN model_versions ON model_versions.id = aliases.version_id
        WHERE aliases.model_id = ? ORDER BY aliases.name
        """, [model]
      ) { AliasRecord(alias: try $0.next(), version: try $0.next()) }
    }
  }

  /// Points an alias of a model to one of its versions, and remembers the move and who made it.
  ///
  /// - Returns: The version that it pointed to before; `nil` if it is new.
  /// - Throws: `malformed_name`, `unknown_model`, `unknown_model_version`, `deleted`.
  package func setAlias(
    _ alias: String, model: String, version: Int, by user: String? = nil
  ) throws -> Int? {
    try NameRule.checkAlias(alias)
    return try write { database in
      let reference = Reference(name: model, selector: .version(version))
      guard let modelID = try database.modelID(model),
        let versionID = try database.modelVersionID(reference)
      else { throw try database.unknownModelVersion(reference) }
      let previous = try database.target(ofAlias: alias, model: modelID)
      guard previous?.id != versionID else { return version }
      try database.change(
        """
        INSERT INTO aliases (model_id, name, version_id) VALUES (?, ?, ?)
        ON CONFLICT (model_id, name) DO UPDATE SET version_id = excluded.version_id
        """, [modelID, alias, versionID])
      try database.rememberMove(
        of: alias, model: modelID, to: versionID, from: previous?.id, at: .now(), by: user)
      return previous?.version
    }
  }

  /// Removes an alias of a model; its history stays.
  ///
  /// - Returns: The version that it pointed to.
  /// - Throws: `unknown_model`, `unknown_alias`, `deleted`.
  package func removeAlias(_ alias: String, model: String, by user: String?) throws -> Int {
    try write { database in
      let modelID = try database.requiredModelID(model)
      guard let target = try database.target(ofAlias: alias, model: modelID) else {
        throw try database.unknownModelVersion(Reference(name: model, selector: .alias(alias)))
      }
      try database.removeAlias(alias, model: modelID, from: target.id, at: .now(), by: user)
      return target.version
    }
  }

  /// Every move of the aliases of a model, or of one of them, oldest first.
  ///
  /// - Throws: `unknown_model`, `deleted`.
  package func aliasHistory(_ alias: String? = nil, model: String) throws -> [AliasChange] {
    try read { try $0.aliasHistory(alias, model: try $0.requiredModelID(model)) }
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
  func aliasHistory(_ alias: String?, model: Int64) throws -> [AliasChange] {
    try all(
      """
      SELECT alias_changes.name, current.version, former.version, alias_changes.changed_at,
        alias_changes.changed_by
      FROM alias_changes
      LEFT JOIN model_versions AS current ON current.id = alias_changes.version_id
      LEFT JOIN model_versions AS former ON former.id = alias_changes.previous_version_id
      WHERE alias_changes.model_id = ?1 AND (?2 IS NULL OR alias_changes.name = ?2)
      ORDER BY alias_changes.id
      """, [model, alias]
    ) {
      AliasChange(
        alias: try $0.next(), version: try $0.next(), previousVersion: try $0.next(),
        changedAt: try $0.nextTimestamp(), changedBy: try $0.next())
    }
  }

  /// Removes an alias and remembers that.
  func removeAlias(
    _ alias: String, model: Int64, from version: Int64, at time: Timestamp, by user: String?
  ) throws {
    try change("DELETE FROM aliases WHERE model_id = ? AND name = ?", [model, alias])
    try rememberMove(of: alias, model: model, to: nil, from: version, at: time, by: user)
  }

  /// The row of a model that has a version that is not deleted.
  fileprivate func requiredModelID(_ name: String) throws -> Int64 {
    guard let id = try modelID(name), try hasLiveVersion(model: id) else {
      throw try unknownModelVersion(Reference(name: name))
    }
    return id
  }

  fileprivate func target(
    ofAlias alias: String, model: Int64
  ) throws -> (id: Int64, version: Int)? {
    try first(
      """
      SELECT model_versions.id, model_versions.version
      FROM aliases JOIN model_versions ON model_versions.id = aliases.version_id
      WHERE aliases.model_id = ? AND aliases.name = ?
      """, [model, alias]
    ) { (id: try $0.next(), version: try $0.next()) }
  }

  func rememberMove(
    of alias: String, model: Int64, to version: Int64?, from previous: Int64?, at time: Timestamp,
    by user: String?
  ) throws {
    try change(
      """
      INSERT INTO alias_changes (model_id, name, version_id, previous_version_id, changed_at,
        changed_by)
      VALUES (?, ?, ?, ?, ?, ?)
      """, [model, alias, version, previous, time.microseconds, user])
  }
}
