package import Diagnostics
import GRDB
package import Tensors

extension RegistryError.Code {
  /// No image of the registry is meant by a digest or a file.
  package static let unknownImage = Self("unknown_image", .notFound)
  /// Several images' digests begin with those digits.
  package static let ambiguousImage = Self("ambiguous_image", .usage)
}

extension CatalogDatabase {
  /// The image whose digest is, or begins with, these hexadecimal digits.
  ///
  /// - Throws: `unknown_image`, `ambiguous_image`.
  /// - Complexity: O(log *n*) in the images.
  package func image(digestPrefix digits: String) throws -> Digest {
    try read { database in
      let missing = 2 * Digest.byteCount - digits.utf8.count
      guard missing >= 0,
        let first = Digest(hexadecimal: digits + String(repeating: "0", count: missing)),
        let last = Digest(hexadecimal: digits + String(repeating: "f", count: missing))
      else { throw try database.unknownImage(digits, "No image has the digest \(digits).") }
      let found = try database.all(
        "SELECT digest FROM images WHERE digest BETWEEN ? AND ? ORDER BY digest LIMIT 2",
        [first.blob, last.blob]
      ) { try $0.nextDigest() }
      guard let digest = found.first else {
        throw try database.unknownImage(
          digits, "No image has a digest that \(missing > 0 ? "begins with" : "is") \(digits).")
      }
      guard found.count == 1 else {
        throw RegistryError(
          .ambiguousImage, "The digests of several images begin with \(digits).",
          place: .subject(digits),
          remedy: "Give more digits: the first two are \(found[0]) and \(found[1]).")
      }
      return digest
    }
  }

  /// Whether the registry has an image.
  package func hasImage(_ digest: Digest) throws -> Bool {
    try read { try $0.imageID(digest) != nil }
  }

  /// The error for an image that the registry has not, which names the datasets that it has.
  package func unknownImage(_ subject: String, _ message: String) throws -> RegistryError {
    try read { try $0.unknownImage(subject, message) }
  }

  /// Where an image is, and which models it had a part in, deleted or not.
  ///
  /// - Throws: `unknown_image`.
  /// - Complexity: O(*n* log *n*) in the answer and in the runs that read the dataset versions.
  package func trace(_ digest: Digest) throws -> ImageTrace {
    try read { database in
      guard let image = try database.imageID(digest) else {
        throw try database.unknownImage("\(digest)", "No image has the digest \(digest).")
      }
      let occurrences = try database.all(
        """
        SELECT dataset_versions.id, datasets.name, dataset_versions.version,
          dataset_versions.is_multi_label, dataset_items.dataset_id, dataset_items.first_version,
          labels.name, dataset_items.split, dataset_items.source_path, EXISTS (
            SELECT 1 FROM deleted_dataset_versions AS gone
            WHERE gone.version_id = dataset_versions.id)
        FROM dataset_items
        CROSS JOIN dataset_versions ON dataset_versions.dataset_id = dataset_items.dataset_id
          AND dataset_versions.version >= dataset_items.first_version
          AND dataset_versions.version
            <= coalesce(dataset_items.last_version, dataset_versions.version)
        JOIN datasets ON datasets.id = dataset_items.dataset_id
        JOIN labels ON labels.id = dataset_items.label_id
        WHERE dataset_items.image_id = ?
        ORDER BY dataset_versions.id DESC
        """, [image]
      ) {
        (
          dataset: try $0.nextNamedVersion(), isMultiLabel: try $0.next(Bool.self),
          key: [try $0.next(Int64.self), image, try $0.next(Int64.self)],
          label: try $0.next(String.self), split: try $0.nextSplit(),
          sourcePath: try $0.next(String.self), isDeleted: try $0.next(Bool.self)
        )
      }.map { row in
        ImageOccurrence(
          dataset: row.dataset,
          labels: try row.isMultiLabel
            ? database.labels(ofItem: row.key, first: row.label) : [row.label],
          split: row.split, sourcePath: row.sourcePath, isDeleted: row.isDeleted)
      }
      let models = try database.all(
        "WITH RECURSIVE \(Self.heldImage), "
          + Self.influence(splitOfTraining: "held.split, min(run_datasets.position)"),
        [image]
      ) { try ImageInfluence(&$0) }
      return ImageTrace(occurrences: occurrences, models: models)
    }
  }

  /// The dataset versions that hold the image ?1, with its split.
  private static let heldImage = """
    held (id, split) AS (
      SELECT dataset_versions.id, dataset_items.split FROM dataset_items
      CROSS JOIN dataset_versions ON dataset_versions.dataset_id = dataset_items.dataset_id
        AND dataset_versions.version >= dataset_items.first_version
        AND dataset_versions.version
          <= coalesce(dataset_items.last_version, dataset_versions.version)
      WHERE dataset_items.image_id = ?1)
    """

  /// The rest of a query that begins with `held`, which has dataset versions with splits of images:
  /// the versions that the images had a part in, with the split in their own training and the first
  /// one in those of their bases.
  ///
  /// Of joined datasets that all have an image, a training takes it from the first, so the split of
  /// one image is that of the least position: SQLite takes bare columns from the row of a lone
  /// `min()`. Each version is inherited by at most once for each of the three splits.
  /// `split` stands for the split and a column that is not looked at.
  static func influence(splitOfTraining split: String) -> String {
    """
    trained (id, split, position) AS (
        SELECT own.id, \(split) FROM held
        CROSS JOIN run_datasets ON run_datasets.dataset_version_id = held.id
        CROSS JOIN runs ON runs.id = run_datasets.run_id AND runs.kind = 'train'
        CROSS JOIN model_versions AS own ON own.run_id = runs.id
        GROUP BY own.id),
      inherited (id, split) AS (
        SELECT child.id, trained.split FROM trained
        CROSS JOIN model_versions AS child ON child.base_id = trained.id
        UNION
        SELECT child.id, inherited.split FROM inherited
        CROSS JOIN model_versions AS child ON child.base_id = inherited.id),
      exposure (id, own_split, inherited_split) AS (
        SELECT id, split, NULL FROM trained
        UNION ALL SELECT id, NULL, split FROM inherited),
      influence (id, own_split, inherited_split) AS (
        SELECT id, max(own_split), min(inherited_split) FROM exposure GROUP BY id)
    SELECT own.id, models.name, own.version, runs.identifier, influence.own_split,
      influence.inherited_split, EXISTS (
        SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = own.id)
    FROM influence CROSS JOIN model_versions AS own ON own.id = influence.id
    JOIN models ON models.id = own.model_id
    LEFT JOIN runs ON runs.id = own.run_id
    ORDER BY own.id
    """
  }
}

extension ImageInfluence {
  init(_ columns: inout ColumnReader) throws {
    model = try columns.nextNamedVersion()
    runID = try columns.nextOptionalRunIdentifier()
    ownSplit = try columns.nextOptionalSplit()
    inheritedSplit = try columns.nextOptionalSplit()
    isDeleted = try columns.next()
  }
}

extension Database {
  /// The error for an image that the registry has not.
  fileprivate func unknownImage(_ subject: String, _ message: String) throws -> RegistryError {
    let names = try all("SELECT name FROM datasets ORDER BY id DESC LIMIT 6") {
      try $0.next(String.self)
    }
    let known = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and others" : "")
    return RegistryError(
      .unknownImage, message, place: .subject(subject),
      remedy: names.isEmpty
        ? "The registry has no images yet; add some with `registry import-images`."
        : "Give an image of a dataset (the registry has \(known)), or import it with "
          + "`registry import-images`.")
  }
}
