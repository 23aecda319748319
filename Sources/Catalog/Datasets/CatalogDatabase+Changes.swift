import GRDB

/// What differs between two versions of a dataset: items that only one of them has.
///
/// An image that both have, under another label for example, stands in both lists.
package struct DatasetChanges: Sendable {
  /// Items of the first version that the second has not.
  package let before: [DatasetItem]
  /// Items of the second version that the first has not.
  package let after: [DatasetItem]
}

extension CatalogDatabase {
  /// What differs between two versions of one dataset.
  ///
  /// - Precondition: both are of one dataset.
  /// - Complexity: O(*n* log *n*) in what changed in the versions from one to the other.
  package func changes(
    from first: DatasetVersionRecord, to second: DatasetVersionRecord
  ) throws -> DatasetChanges {
    precondition(first.dataset == second.dataset, "versions of one dataset")
    guard first.version <= second.version else {
      let changes = try changes(from: second, to: first)
      return DatasetChanges(before: changes.after, after: changes.before)
    }
    return try read { database in
      let datasetID = try database.place(of: first).datasetID
      let ended = try database.items(
        Database.itemColumns + """
           FROM dataset_items INDEXED BY dataset_items_by_end
          JOIN images ON images.id = dataset_items.image_id
          JOIN labels ON labels.id = dataset_items.label_id
          LEFT JOIN item_groups ON item_groups.id = dataset_items.group_id
          WHERE dataset_items.dataset_id = ?1 AND dataset_items.last_version >= ?2
            AND dataset_items.last_version < ?3 AND dataset_items.first_version <= ?2
          ORDER BY dataset_items.source_path, images.digest
          """, [datasetID, first.version, second.version],
        isMultiLabel: first.isMultiLabel || second.isMultiLabel)
      let begun = try database.items(
        Database.itemColumns + """
           FROM dataset_items INDEXED BY dataset_items_by_begin
          JOIN images ON images.id = dataset_items.image_id
          JOIN labels ON labels.id = dataset_items.label_id
          LEFT JOIN item_groups ON item_groups.id = dataset_items.group_id
          WHERE dataset_items.dataset_id = ?1 AND dataset_items.first_version > ?2
            AND dataset_items.first_version <= ?3
            AND coalesce(dataset_items.last_version, ?3) >= ?3
          ORDER BY dataset_items.source_path, images.digest
          """, [datasetID, first.version, second.version],
        isMultiLabel: first.isMultiLabel || second.isMultiLabel)
      // What went and came back as it was is no difference.
      let (before, after) = (Set(ended), Set(begun))
      return DatasetChanges(
        before: ended.filter { !after.contains($0) }, after: begun.filter { !before.contains($0) })
    }
  }
}
