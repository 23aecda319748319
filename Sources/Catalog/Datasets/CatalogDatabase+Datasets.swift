package import Diagnostics
import GRDB
package import Tensors

extension RegistryError.Code {
  /// There is no dataset of that name.
  package static let unknownDataset = Self("unknown_dataset", .notFound)
  /// The dataset has no such version.
  package static let unknownDatasetVersion = Self("unknown_dataset_version", .notFound)
}

extension CatalogDatabase {
  /// The dataset version that a reference means.
  ///
  /// - Throws: `unknown_dataset`, `unknown_dataset_version`, `deleted`.
  package func datasetVersion(_ reference: Reference) throws -> DatasetVersionRecord {
    try read { try $0.requiredDatasetVersion(reference) }
  }

  /// The newest version of a dataset that is not deleted; `nil` if there is none.
  package func newestDatasetVersion(named name: String) throws -> DatasetVersionRecord? {
    try read { try $0.datasetVersion(name, nil) }
  }

  /// The dataset versions in these rows, in this order.
  ///
  /// The number of statements does not depend on that of the versions.
  ///
  /// - Complexity: O(answer).
  package func datasetVersions(_ ids: [Int64]) throws -> [DatasetVersionRecord] {
    try read { database in
      let headers = try database.all(
        """
        SELECT \(Database.datasetVersionFields)
        FROM json_each(?1) AS page
        CROSS JOIN dataset_versions ON dataset_versions.id = page.value
        JOIN datasets ON datasets.id = dataset_versions.dataset_id
        ORDER BY page.key
        """, [RowNumbers.text(ids)], DatasetVersionHeader.init)
      return try database.completed(headers)
    }
  }

  /// The dataset versions that hold an image, newest first.
  ///
  /// - Complexity: O(answer).
  package func datasetVersions(holding image: Digest) throws -> [DatasetVersionRecord] {
    try read { database in
      let headers = try database.all(
        Database.datasetVersionColumns + """
           WHERE dataset_versions.id IN (
            SELECT held.id FROM images
            JOIN dataset_items ON dataset_items.image_id = images.id
            JOIN dataset_versions AS held ON held.dataset_id = dataset_items.dataset_id
              AND held.version >= dataset_items.first_version
              AND held.version <= coalesce(dataset_items.last_version, held.version)
            WHERE images.digest = ?)
          ORDER BY dataset_versions.id DESC
          """, [image.blob], DatasetVersionHeader.init)
      return try database.completed(headers)
    }
  }
}

/// A dataset version without its counts.
struct DatasetVersionHeader {
  let datasetID: Int64
  let id: Int64
  let dataset: String
  let version: Int
  let seed: Int
  let fractions: SplitShares
  let imageCount: Int
  let createdAt: Timestamp
  let isMultiLabel: Bool

  init(_ columns: inout ColumnReader) throws {
    datasetID = try columns.next()
    id = try columns.next()
    dataset = try columns.next()
    version = try columns.next()
    seed = try columns.next()
    fractions = SplitShares(
      train: try columns.next(), validation: try columns.next(), test: try columns.next())
    imageCount = try columns.next()
    createdAt = try columns.nextTimestamp()
    isMultiLabel = try columns.next()
  }
}

/// The number of images of a label in a split.
private struct LabelCount {
  /// Whether the label is the first of these images.
  let isFirst: Bool
  let label: String
  let split: Split
  let imageCount: Int

  init(_ columns: inout ColumnReader) throws {
    isFirst = try columns.next()
    label = try columns.next()
    split = try columns.nextSplit()
    imageCount = try columns.next()
  }
}

extension Database {
  /// What ``DatasetVersionHeader`` reads.
  static let datasetVersionFields = """
    dataset_versions.dataset_id, dataset_versions.id, datasets.name, dataset_versions.version,
    seed, train_fraction, validation_fraction, test_fraction, image_count,
    dataset_versions.created_at, is_multi_label
    """

  static let datasetVersionColumns = """
    SELECT \(datasetVersionFields)
    FROM dataset_versions JOIN datasets ON datasets.id = dataset_versions.dataset_id
    """

  /// Whether a row of `dataset_versions` is not deleted.
  static let isLive = """
    NOT EXISTS (
      SELECT 1 FROM deleted_dataset_versions AS gone WHERE gone.version_id = dataset_versions.id)
    """

  /// The version that a reference means.
  func requiredDatasetVersion(_ reference: Reference) throws -> DatasetVersionRecord {
    let version: Int? =
      switch reference.selector {
      case .newest: nil
      case .version(let number): number
      case .alias(let alias):
        throw RegistryError(
          .unknownDatasetVersion, "The dataset \(reference.name) has no version '\(alias)'.",
          place: .subject(reference.description),
          remedy: "Write \(reference.name)@1; datasets have no aliases.")
      }
    let found = try datasetVersion(reference.name, version)
    guard let found else { throw try unknownDatasetVersion(reference) }
    return found
  }

  /// The version of a dataset with the highest number, also when it is deleted.
  func lastDatasetVersion(_ name: String) throws -> DatasetVersionRecord? {
    try first(
      Self.datasetVersionColumns
        + " WHERE datasets.name = ? ORDER BY dataset_versions.version DESC LIMIT 1",
      [name], DatasetVersionHeader.init
    ).flatMap { try completed([$0]).first }
  }

  /// A version of a dataset by its number, or the newest; `nil` if there is none that is not deleted.
  func datasetVersion(_ name: String, _ version: Int?) throws -> DatasetVersionRecord? {
    let header =
      if let version {
        try first(
          Self.datasetVersionColumns
            + " WHERE datasets.name = ? AND dataset_versions.version = ? AND \(Self.isLive)",
          [name, version], DatasetVersionHeader.init)
      } else {
        try first(
          Self.datasetVersionColumns + " WHERE datasets.name = ? AND \(Self.isLive)"
            + " ORDER BY dataset_versions.version DESC LIMIT 1",
          [name], DatasetVersionHeader.init)
      }
    return try header.flatMap { try completed([$0]).first }
  }

  /// The records with the counts of their labels and splits.
  ///
  /// - Complexity: O(labels + counts that ended later) for each: for the newest version, O(labels).
  func completed(_ headers: [DatasetVersionHeader]) throws -> [DatasetVersionRecord] {
    let counts = try grouped(
      Self.labelCounts, [RowNumbers.text(headers.map(\.id))], LabelCount.init)
    return headers.map { header in
      var labelSplits: [String: [Split: Int]] = [:]
      var splits = Dictionary(uniqueKeysWithValues: Split.allCases.map { ($0, 0) })
      for count in counts[header.id] ?? [] {
        labelSplits[count.label, default: [:]][count.split, default: 0] += count.imageCount
        // Further labels count no image again.
        if count.isFirst { splits[count.split, default: 0] += count.imageCount }
      }
      let unlabelled = labelSplits.removeValue(forKey: "")
      return DatasetVersionRecord(
        id: header.id, dataset: header.dataset, version: header.version, seed: header.seed,
        fractions: header.fractions, imageCount: header.imageCount,
        isMultiLabel: header.isMultiLabel,
        labels: labelSplits.mapValues { $0.values.reduce(0, +) }, labelSplits: labelSplits,
        unlabelledCount: unlabelled?.values.reduce(0, +) ?? 0, splits: splits,
        createdAt: header.createdAt)
    }
  }

  /// The number of images by label and split in the versions ?1, those that an item has first and those
  /// that it has beside it.
  private static let labelCounts = [
    (1, "dataset_counts", "counts.last_version IS NULL"),
    (1, "dataset_counts", "counts.last_version >= own.version"),
    (0, "dataset_further_counts", "counts.last_version IS NULL"),
    (0, "dataset_further_counts", "counts.last_version >= own.version"),
  ].map { isFirst, table, holds in
    """
    SELECT own.id, \(isFirst), labels.name, counts.split, counts.image_count
    FROM json_each(?1) AS page
    CROSS JOIN dataset_versions AS own ON own.id = page.value
    CROSS JOIN \(table) AS counts INDEXED BY \(table)_by_end
      ON counts.dataset_id = own.dataset_id AND \(holds) AND counts.first_version <= own.version
    JOIN labels ON labels.id = counts.label_id
    """
  }.joined(separator: " UNION ALL ")

  func unknownDatasetVersion(_ reference: Reference) throws -> RegistryError {
    if let datasetID = try datasetID(reference.name),
      let error = try deleted(reference, dataset: datasetID)
    {
      return error
    }
    let versions = try all(
      """
      SELECT dataset_versions.version
      FROM dataset_versions JOIN datasets ON datasets.id = dataset_versions.dataset_id
      WHERE datasets.name = ? AND NOT EXISTS (
        SELECT 1 FROM deleted_dataset_versions AS gone
        WHERE gone.version_id = dataset_versions.id)
      ORDER BY dataset_versions.version
      """, [reference.name]
    ) { try $0.next(Int.self) }
    if !versions.isEmpty {
      return RegistryError(
        .unknownDatasetVersion,
        "The dataset \(reference.name) has no version of that number: \(reference).",
        place: .subject(reference.description),
        remedy: "It has \(listed(versions: versions)).")
    }
    let names = try newestNames(of: .datasets)
    return RegistryError(
      .unknownDataset, "There is no dataset \(reference.name).", place: .subject(reference.name),
      remedy: suggestion(for: reference.name, among: names)
        ?? "Import images first: `registry import-images PATH --dataset \(reference.name)`.")
  }
}
