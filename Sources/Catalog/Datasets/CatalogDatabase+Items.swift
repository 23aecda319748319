import GRDB
package import Tensors

// Items of the last version are those that have not ended. When that one is deleted, the newest version is
// another, and its items are read as those of any older version.
extension CatalogDatabase {
  /// The images of a dataset version, or of one of its splits, ordered by label, path and digest.
  ///
  /// - Complexity: O(*n* log *n*) in the images that the dataset ever had.
  package func items(
    of version: DatasetVersionRecord, split: Split? = nil
  ) throws -> [DatasetItem] {
    try read { try $0.items(of: version, split: split) }
  }

  /// A page of the images of a dataset version, of one label and split or of all, ordered by label, path
  /// and digest.
  ///
  /// An image with several labels is one of its first.
  ///
  /// - Complexity: O(*n* log *n*) in the images that the dataset ever had.
  package func items(
    of version: DatasetVersionRecord, label: String?, split: Split?, offset: Int, limit: Int
  ) throws -> [DatasetItem] {
    try read { database in
      try database.items(
        """
        \(Database.itemColumns)
        FROM \(Database.itemsOfVersions)
        JOIN labels ON labels.id = dataset_items.label_id
        LEFT JOIN item_groups ON item_groups.id = dataset_items.group_id
        WHERE dataset_versions.id = ?1 AND (?2 IS NULL OR dataset_items.split = ?2)
          AND (?3 IS NULL OR labels.name = ?3)
        ORDER BY labels.name, dataset_items.source_path, images.digest
        LIMIT ?4 OFFSET ?5
        """, [version.id, split?.number, label, limit, offset], isMultiLabel: version.isMultiLabel)
    }
  }

  /// Hands out the images of a dataset version one after the other, ordered by label, path and digest.
  ///
  /// - Complexity: O(*n* log *n*) in the images that the dataset ever had.
  package func eachItem(
    of version: DatasetVersionRecord, _ body: (DatasetItem) throws -> Void
  ) throws {
    try read { try $0.eachItem(of: version, body) }
  }

  /// The items of images in the newest version of a dataset, by digest; of images that are not in it
  /// there are none.
  ///
  /// - Complexity: O(digests).
  package func currentItems(
    of version: DatasetVersionRecord, _ digests: some Sequence<Digest>
  ) throws -> [Digest: DatasetItem] {
    try read { database in
      var items: [Digest: DatasetItem] = [:]
      let (datasetID, isLast) = try database.place(of: version)
      guard isLast else {
        let wanted = Set(digests)
        for item in try database.items(of: version) where wanted.contains(item.digest) {
          items[item.digest] = item
        }
        return items
      }
      for digest in digests {
        items[digest] = try database.items(
          Database.itemColumns + """
             FROM images
            CROSS JOIN dataset_items ON dataset_items.dataset_id = ?2
              AND dataset_items.image_id = images.id AND dataset_items.last_version IS NULL
            JOIN labels ON labels.id = dataset_items.label_id
            LEFT JOIN item_groups ON item_groups.id = dataset_items.group_id
            WHERE images.digest = ?1
            """, [digest.blob, datasetID], isMultiLabel: version.isMultiLabel
        ).first
      }
      return items
    }
  }

  /// The items from a path in the newest version of a dataset: as a rule one, or none.
  package func currentItems(
    of version: DatasetVersionRecord, path: String
  ) throws -> [DatasetItem] {
    try read { database in
      let (datasetID, isLast) = try database.place(of: version)
      guard isLast else {
        return try database.items(of: version).filter { $0.sourcePath == path }
      }
      return try database.items(
        Database.itemColumns + """
           FROM dataset_items INDEXED BY dataset_items_by_path
          JOIN images ON images.id = dataset_items.image_id
          JOIN labels ON labels.id = dataset_items.label_id
          LEFT JOIN item_groups ON item_groups.id = dataset_items.group_id
          WHERE dataset_items.dataset_id = ? AND dataset_items.source_path = ?
            AND dataset_items.last_version IS NULL
          """, [datasetID, path], isMultiLabel: version.isMultiLabel)
    }
  }

  /// An item of each group in the newest version of a dataset: the images of a group share a split.
  ///
  /// - Complexity: O(groups).
  package func currentItems(
    of version: DatasetVersionRecord, oneOfEachGroup groups: some Sequence<String>
  ) throws -> [DatasetItem] {
    try read { database in
      let (datasetID, isLast) = try database.place(of: version)
      guard isLast else {
        var missing = Set(groups)
        return try database.items(of: version).filter { item in
          item.group.map { missing.remove($0) != nil } ?? false
        }
      }
      return try groups.flatMap { group -> [DatasetItem] in
        guard
          let groupID = try database.number(
            "SELECT id FROM item_groups WHERE name = ?", [group])
        else { return [] }
        return try database.items(
          Database.itemColumns + """
             FROM dataset_items INDEXED BY dataset_items_by_group
            JOIN images ON images.id = dataset_items.image_id
            JOIN labels ON labels.id = dataset_items.label_id
            LEFT JOIN item_groups ON item_groups.id = dataset_items.group_id
            WHERE dataset_items.dataset_id = ? AND dataset_items.group_id = ?
              AND dataset_items.last_version IS NULL
            ORDER BY dataset_items.image_id LIMIT 1
            """, [datasetID, groupID], isMultiLabel: version.isMultiLabel)
      }
    }
  }

  /// The items in the newest version of a dataset whose images' hashes differ from one of some hashes
  /// in at most so many bits.
  ///
  /// - Precondition: the distance is at most 3, so that near hashes agree in one of four quarters.
  /// - Complexity: O(images of the registry that share a 16-bit quarter with one of the hashes).
  package func currentItems(
    of version: DatasetVersionRecord, withHashesNear hashes: Set<UInt64>, maximumDistance: Int
  ) throws -> [DatasetItem] {
    precondition((0...3).contains(maximumDistance), "near hashes agree in a quarter")
    return try read { database in
      let (datasetID, isLast) = try database.place(of: version)
      guard isLast else {
        return try database.items(of: version).filter { item in
          hashes.contains { (item.perceptualHash ^ $0).nonzeroBitCount <= maximumDistance }
        }
      }
      var items: [Digest: DatasetItem] = [:]
      for hash in hashes {
        for (quarter, index) in Database.hashQuarters.enumerated() {
          let value = Int64(hash >> UInt64(16 * quarter) & 0xffff)
          let found = try database.items(
            Database.itemColumns + " FROM images \(index)" + """
               CROSS JOIN dataset_items ON dataset_items.dataset_id = ?2
                AND dataset_items.image_id = images.id AND dataset_items.last_version IS NULL
              JOIN labels ON labels.id = dataset_items.label_id
              LEFT JOIN item_groups ON item_groups.id = dataset_items.group_id
              WHERE \(Database.hashQuarterExpressions[quarter]) = ?1
              """, [value, datasetID], isMultiLabel: version.isMultiLabel)
          for item in found
          where (item.perceptualHash ^ hash).nonzeroBitCount <= maximumDistance {
            items[item.digest] = item
          }
        }
      }
      return Array(items.values)
    }
  }
}

extension Database {
  /// What ``items(_:_:isMultiLabel:)`` reads.
  static let itemColumns = """
    SELECT dataset_items.dataset_id, dataset_items.image_id, dataset_items.first_version,
      images.digest, labels.name, dataset_items.split, dataset_items.source_path,
      item_groups.name, images.perceptual_hash
    """

  /// The quarters of a perceptual hash, the lowest first, as their indexes have them.
  fileprivate static let hashQuarterExpressions = [
    "images.perceptual_hash & 65535", "images.perceptual_hash >> 16 & 65535",
    "images.perceptual_hash >> 32 & 65535", "images.perceptual_hash >> 48 & 65535",
  ]
  fileprivate static let hashQuarters = (1...4).map { "INDEXED BY images_by_hash_quarter_\($0)" }

  /// Dataset versions with the items that each of them holds, and their images, for a `FROM`.
  static let itemsOfVersions = """
    dataset_versions
    CROSS JOIN dataset_items ON dataset_items.dataset_id = dataset_versions.dataset_id
      AND dataset_items.first_version <= dataset_versions.version
      AND coalesce(dataset_items.last_version, dataset_versions.version)
        >= dataset_versions.version
    JOIN images ON images.id = dataset_items.image_id
    """

  /// The images of a dataset version, or of one of its splits, ordered by label, path and digest.
  func items(of version: DatasetVersionRecord, split: Split? = nil) throws -> [DatasetItem] {
    var items: [DatasetItem] = []
    try eachItem(of: version, split: split) { items.append($0) }
    return items
  }

  /// Hands out the images of a dataset version, or of one of its splits, in that order.
  func eachItem(
    of version: DatasetVersionRecord, split: Split? = nil, _ body: (DatasetItem) throws -> Void
  ) throws {
    try each(
      """
      \(Self.itemColumns)
      FROM \(Self.itemsOfVersions)
      JOIN labels ON labels.id = dataset_items.label_id
      LEFT JOIN item_groups ON item_groups.id = dataset_items.group_id
      WHERE dataset_versions.id = ? AND (? IS NULL OR dataset_items.split = ?)
      ORDER BY labels.name, dataset_items.source_path, images.digest
      """, [version.id, split?.number, split?.number]
    ) { try body(try item(&$0, isMultiLabel: version.isMultiLabel)) }
  }

  /// The items that a query finds, with all of their labels.
  func items(
    _ sql: String, _ arguments: StatementArguments, isMultiLabel: Bool
  ) throws -> [DatasetItem] {
    try all(sql, arguments) { try item(&$0, isMultiLabel: isMultiLabel) }
  }

  /// The item that ``itemColumns`` are of, with all of its labels.
  func item(_ columns: inout ColumnReader, isMultiLabel: Bool) throws -> DatasetItem {
    let key: [Int64] = [try columns.next(), try columns.next(), try columns.next()]
    let digest = try columns.nextDigest()
    let first: String = try columns.next()
    return DatasetItem(
      digest: digest, labels: isMultiLabel ? try labels(ofItem: key, first: first) : [first],
      split: try columns.nextSplit(), sourcePath: try columns.next(), group: try columns.next(),
      perceptualHash: UInt64(bitPattern: try columns.next()))
  }

  /// The labels of an item of a dataset with independent labels: its first, none if that is empty,
  /// and those beside it.
  ///
  /// - Parameters:
  ///   - key: the dataset, the image and the first version of the item.
  ///   - first: its first label.
  /// - Returns: the labels in the order of their bytes.
  /// - Throws: what reading throws.
  func labels(ofItem key: [Int64], first: String) throws -> [String] {
    guard !first.isEmpty else { return [] }
    let further = try all(
      """
      SELECT labels.name FROM dataset_further_labels
      JOIN labels ON labels.id = dataset_further_labels.label_id
      WHERE dataset_id = ? AND image_id = ? AND first_version = ?
      """, StatementArguments(key)
    ) { try $0.next(String.self) }
    return DatasetItem.ordered([first] + further)
  }

  /// The row of the dataset that a version is of, and whether no version has a higher number.
  func place(of version: DatasetVersionRecord) throws -> (datasetID: Int64, isLast: Bool) {
    let place = try first(
      """
      SELECT own.dataset_id, own.version = (
        SELECT max(version) FROM dataset_versions WHERE dataset_id = own.dataset_id)
      FROM dataset_versions AS own WHERE own.id = ?
      """, [version.id]
    ) { (datasetID: try $0.next(Int64.self), isLast: try $0.next(Bool.self)) }
    guard let place else { throw CatalogDamage(description: "a dataset version is gone") }
    return place
  }
}
