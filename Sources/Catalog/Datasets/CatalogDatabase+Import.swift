package import Diagnostics
import GRDB
import Tensors

extension RegistryError.Code {
  /// Somebody else added a version to the dataset meanwhile.
  package static let datasetChanged = Self("dataset_changed", .busy)
}

extension CatalogDatabase {
  /// Records images and files, and makes the next version of a dataset.
  ///
  /// Without additions and removals there is no new version, unless there is none at all or labels
  /// become independent.
  ///
  /// - Returns: The newest version.
  /// - Throws: `malformed_name`; `dataset_changed` when `baseVersion` is not the newest any more;
  ///   `collected_meanwhile` when an image that was stored is not any more.
  /// - Complexity: O(change), not the size of the dataset.
  package func recordImport(_ draft: ImageImportDraft) throws -> DatasetVersionRecord {
    try NameRule.check(draft.dataset, "dataset")
    return try write { try $0.recordImport(draft, isStored: isStored) }
  }
}

extension Database {
  /// Records images and files, and makes the next version of a dataset.
  func recordImport(
    _ draft: ImageImportDraft, isStored: @escaping (Digest) -> Bool
  ) throws -> DatasetVersionRecord {
    try DatasetChange(draft, self, isStored: isStored).record()
  }
}

/// A change of a dataset while it is being written.
private struct DatasetChange {
  private var draft: ImageImportDraft
  private let database: Database
  private let isStored: (Digest) -> Bool
  private var labelIDs: [String: Int64] = [:]
  private var groupIDs: [String: Int64] = [:]
  private var changes: [CountKey: Int] = [:]
  /// The same for labels beside an item's first.
  private var furtherChanges: [CountKey: Int] = [:]

  private struct CountKey: Hashable {
    let labelID: Int64
    let split: Int
  }

  init(
    _ draft: ImageImportDraft, _ database: Database, isStored: @escaping (Digest) -> Bool
  ) {
    self.draft = draft
    self.database = database
    self.isStored = isStored
  }

  func record() throws -> DatasetVersionRecord {
    var change = self
    return try change.run()
  }

  private mutating func run() throws -> DatasetVersionRecord {
    let newest = try database.datasetVersion(draft.dataset, nil)
    guard newest?.version == draft.baseVersion else {
      throw RegistryError(
        .datasetChanged, "The dataset \(draft.dataset) got another version meanwhile.",
        place: .subject(draft.dataset), remedy: "Run the same command again.")
    }
    for image in draft.images { try database.recordImage(image, isStored: isStored) }
    for file in draft.files {
      try database.rememberFile(file, imageID: try imageID(file.digest))
    }
    if let newest, draft.added.isEmpty, draft.removed.isEmpty,
      newest.isMultiLabel == draft.isMultiLabel
    {
      return newest
    }
    // Numbers are not given twice, and intervals go on from the last version, deleted or not.
    let last = try database.lastDatasetVersion(draft.dataset)
    if let last, last.version != newest?.version { try rebase(from: newest, onto: last) }
    try makeVersion((last?.version ?? 0) + 1, after: last)
    guard let made = try database.datasetVersion(draft.dataset, nil) else {
      throw CatalogDamage(description: "a dataset version is gone after it was written")
    }
    return made
  }

  private mutating func makeVersion(_ version: Int, after newest: DatasetVersionRecord?) throws {
    let now = draft.createdAt ?? .now()
    let known = try database.number("SELECT id FROM datasets WHERE name = ?", [draft.dataset])
    let datasetID =
      try known
      ?? database.insert(
        "INSERT INTO datasets (name, created_at) VALUES (?, ?)",
        [draft.dataset, now.microseconds])
    try database.change(
      """
      INSERT INTO dataset_versions (dataset_id, version, seed, train_fraction,
        validation_fraction, test_fraction, image_count, created_at, is_multi_label)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        datasetID, version, draft.seed, draft.fractions.train, draft.fractions.validation,
        draft.fractions.test,
        (newest?.imageCount ?? 0) + draft.added.count - draft.removed.count, now.microseconds,
        draft.isMultiLabel,
      ])
    for digest in draft.removed { try end(digest, datasetID, version) }
    for item in draft.added { try begin(item, datasetID, version) }
    for table in [CountTable.first, .further] { try writeCounts(table, datasetID, version) }
  }

  /// Makes the change of one version the change of another that leads to the same items.
  ///
  /// - Complexity: O(items of both).
  private mutating func rebase(
    from base: DatasetVersionRecord?, onto last: DatasetVersionRecord
  ) throws {
    var wanted: [Digest: DatasetItem] = [:]
    for item in try base.map({ try database.items(of: $0) }) ?? [] { wanted[item.digest] = item }
    for digest in draft.removed { wanted[digest] = nil }
    for item in draft.added { wanted[item.digest] = item }
    draft.removed = []
    for item in try database.items(of: last) {
      if wanted[item.digest]?.isStored(as: item) == true {
        wanted[item.digest] = nil
      } else {
        draft.removed.append(item.digest)
      }
    }
    draft.added = wanted.values.sorted { $0.digest < $1.digest }
  }

  private mutating func end(_ digest: Digest, _ datasetID: Int64, _ version: Int) throws {
    let imageID = try imageID(digest)
    let item = try database.first(
      """
      SELECT label_id, split, first_version FROM dataset_items
      WHERE dataset_id = ? AND image_id = ? AND last_version IS NULL
      """, [datasetID, imageID]
    ) {
      (
        key: CountKey(labelID: try $0.next(), split: try $0.next()),
        firstVersion: try $0.next(Int.self)
      )
    }
    guard let item else {
      throw RegistryError(
        .catalogRuleBroken, "The image \(digest) is not in the dataset \(draft.dataset).",
        place: .subject(draft.dataset), remedy: "Report this; nothing was changed.")
    }
    try database.change(
      """
      UPDATE dataset_items SET last_version = ?
      WHERE dataset_id = ? AND image_id = ? AND last_version IS NULL
      """, [version - 1, datasetID, imageID])
    changes[item.key, default: 0] -= 1
    let further = try database.all(
      """
      SELECT label_id FROM dataset_further_labels
      WHERE dataset_id = ? AND image_id = ? AND first_version = ?
      """, [datasetID, imageID, item.firstVersion]
    ) { try $0.next(Int64.self) }
    for labelID in further {
      furtherChanges[CountKey(labelID: labelID, split: item.key.split), default: 0] -= 1
    }
  }

  private mutating func begin(_ item: DatasetItem, _ datasetID: Int64, _ version: Int) throws {
    precondition(
      draft.isMultiLabel || item.labels.count == 1, "an image has one label unless they are many")
    let imageID = try imageID(item.digest)
    guard try !database.isCollected(image: imageID) else {
      throw Database.collectedMeanwhile("The image \(item.digest)")
    }
    let labelID = try labelID(item.label)
    let groupID = try item.group.map { try self.groupID($0) }
    try database.change(
      """
      INSERT INTO dataset_items (dataset_id, image_id, first_version, label_id, split, group_id,
        source_path)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        datasetID, imageID, version, labelID, item.split.number, groupID,
        try item.sourcePath.withoutNull(),
      ])
    changes[CountKey(labelID: labelID, split: item.split.number), default: 0] += 1
    for label in item.labels.dropFirst() {
      let labelID = try self.labelID(label)
      try database.change(
        """
        INSERT INTO dataset_further_labels (dataset_id, image_id, first_version, label_id)
        VALUES (?, ?, ?, ?)
        """, [datasetID, imageID, version, labelID])
      furtherChanges[CountKey(labelID: labelID, split: item.split.number), default: 0] += 1
    }
  }

  /// Ends the counts that changed, and begins new ones.
  private func writeCounts(_ table: CountTable, _ datasetID: Int64, _ version: Int) throws {
    for (key, change) in table == .first ? changes : furtherChanges where change != 0 {
      let former = try database.number(table.current, [datasetID, key.labelID, key.split])
      if former != nil {
        try database.change(table.end, [version - 1, datasetID, key.labelID, key.split])
      }
      let count = Int(former ?? 0) + change
      guard count > 0 else { continue }
      try database.change(table.begin, [datasetID, key.labelID, key.split, version, count])
    }
  }

  private func imageID(_ digest: Digest) throws -> Int64 {
    guard let id = try database.imageID(digest) else {
      throw RegistryError(
        .catalogRuleBroken, "The image \(digest) was not recorded.",
        place: .subject(draft.dataset), remedy: "Report this; nothing was changed.")
    }
    return id
  }

  private mutating func labelID(_ name: String) throws -> Int64 {
    if let id = labelIDs[name] { return id }
    let id = try database.interned(
      find: "SELECT id FROM labels WHERE name = ?",
      insert: "INSERT INTO labels (name) VALUES (?)", name)
    labelIDs[name] = id
    return id
  }

  private mutating func groupID(_ name: String) throws -> Int64 {
    if let id = groupIDs[name] { return id }
    let id = try database.interned(
      find: "SELECT id FROM item_groups WHERE name = ?",
      insert: "INSERT INTO item_groups (name) VALUES (?)", name)
    groupIDs[name] = id
    return id
  }
}

extension DatasetItem {
  /// Whether two items make the same rows.
  fileprivate func isStored(as other: DatasetItem) -> Bool {
    (digest, labels, split, sourcePath, group)
      == (other.digest, other.labels, other.split, other.sourcePath, other.group)
  }
}
