import GRDB
package import Tensors

/// A group of tensors of a model version that is not its base's.
package struct ChangedGroup: Hashable, Sendable {
  /// The version.
  package let version: NamedVersion
  /// The row of its base.
  package let baseID: Int64
  /// The row of the document that says which layers train.
  package let freezePlanID: Int64
  /// The row of the group.
  package let groupID: Int64
  /// The row of the base's group in its place; `nil` if the base has none there.
  package let baseGroupID: Int64?
}

extension CatalogDatabase {
  /// The groups of tensors in which model versions differ from their bases, oldest version first.
  ///
  /// A group that a version shares with its base, as most share the backbone, is one row for both,
  /// so it needs no comparison.
  ///
  /// - Complexity: O(versions).
  package func changedGroups() throws -> [ChangedGroup] {
    try read { database in
      try database.all(
        """
        SELECT own.id, models.name, own.version, own.base_id, own.freeze_plan_id, groups.group_id,
          base_groups.group_id
        FROM model_versions AS own JOIN models ON models.id = own.model_id
        JOIN model_version_groups AS groups ON groups.version_id = own.id
        LEFT JOIN model_version_groups AS base_groups
          ON base_groups.version_id = own.base_id AND base_groups.position = groups.position
        WHERE own.base_id IS NOT NULL AND base_groups.group_id IS NOT groups.group_id
        ORDER BY own.id, groups.position
        """
      ) {
        ChangedGroup(
          version: try $0.nextNamedVersion(), baseID: try $0.next(), freezePlanID: try $0.next(),
          groupID: try $0.next(), baseGroupID: try $0.next())
      }
    }
  }

  /// The digests of the tensors of a group, by name.
  package func tensorDigests(inGroup id: Int64) throws -> [String: Digest] {
    try read { database in
      let tensors = try database.all(
        """
        SELECT tensor_names.name, tensors.digest FROM tensor_group_members AS members
        JOIN tensor_names ON tensor_names.id = members.name_id
        JOIN tensors ON tensors.id = members.tensor_id
        WHERE members.group_id = ?
        """, [id]
      ) { (try $0.next(String.self), try $0.nextDigest()) }
      return Dictionary(tensors) { first, _ in first }
    }
  }

  /// The text of a document.
  package func document(_ id: Int64) throws -> String {
    try read { try DocumentCache().content(id, $0) }
  }
}
