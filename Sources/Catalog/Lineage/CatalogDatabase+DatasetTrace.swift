package import Diagnostics
import GRDB

/// Which images are traced: those of a dataset, under a label, or both.
package struct TraceSubject: Sendable {
  /// The dataset, in all its versions or in one; any if not given.
  package var dataset: Reference?
  /// The label; any if not given.
  package var label: String?

  /// Images with these properties, at least one of which is given.
  package init(dataset: Reference?, label: String?) {
    precondition(dataset != nil || label != nil, "a trace begins somewhere")
    self.dataset = dataset
    self.label = label
  }
}

/// Where images are, and which models they had a part in.
package struct DatasetTrace: Hashable, Sendable {
  /// The dataset versions that hold such images, the newest first.
  package let occurrences: [LabelOccurrence]
  /// The model versions that were trained on them and their descendants, the oldest first.
  package let models: [ImageInfluence]
}

/// Images in a split of a dataset version.
package struct LabelOccurrence: Hashable, Sendable {
  /// The dataset version.
  package let dataset: NamedVersion
  /// How many such images each split has; those that have none are not there.
  package let splits: [Split: Int]
}

extension CatalogDatabase {
  /// Where the images of a dataset or with a label are, and which models they had a part in.
  ///
  /// The splits of models are those that such images had in the trainings, of several the one that
  /// tells the weights most.
  ///
  /// - Throws: `unknown_dataset`, `unknown_dataset_version`; `unknown_image_label` for a label that
  ///   no image ever had.
  /// - Complexity: O(*n* log *n*) in the answer and in the runs that read the dataset versions.
  package func trace(_ subject: TraceSubject) throws -> DatasetTrace {
    try read { database in
      let label = try subject.label.map { try database.labelID($0) }
      let (dataset, version) = try subject.dataset.map(database.datasetRows) ?? (nil, nil)
      let held = dataset == nil ? Self.heldLabel : Self.heldDataset
      let arguments: StatementArguments = [dataset, version, label]
      let counts = try database.all(
        "WITH \(held) " + """
          SELECT held.id, datasets.name, dataset_versions.version, held.split, sum(held.image_count)
          FROM held CROSS JOIN dataset_versions ON dataset_versions.id = held.id
          JOIN datasets ON datasets.id = dataset_versions.dataset_id
          GROUP BY held.id, held.split ORDER BY held.id DESC, held.split
          """, arguments
      ) { (try $0.nextNamedVersion(), try $0.nextSplit(), try $0.next(Int.self)) }
      var occurrences: [LabelOccurrence] = []
      for (dataset, split, count) in counts {
        if let last = occurrences.last, last.dataset == dataset {
          occurrences[occurrences.count - 1] = LabelOccurrence(
            dataset: dataset, splits: last.splits.merging([split: count]) { first, _ in first })
        } else {
          occurrences.append(LabelOccurrence(dataset: dataset, splits: [split: count]))
        }
      }
      let models = try database.all(
        "WITH RECURSIVE \(held), " + Self.influence(splitOfTraining: "min(held.split), NULL"),
        arguments
      ) { try ImageInfluence(&$0) }
      return DatasetTrace(occurrences: occurrences, models: models)
    }
  }

  /// The dataset versions with the splits and numbers of images under the label ?3, be it their first
  /// or a further one; indexes on labels find them.
  private static let heldLabel = """
    held (id, split, image_count) AS (
      \(counts("dataset_counts", "counts.label_id = ?3 AND ?1 IS NULL AND ?2 IS NULL"))
      UNION ALL
      \(counts("dataset_further_counts", "counts.label_id = ?3"))
    )
    """

  /// The same of the dataset ?1, all its versions or the one in row ?2, under any label if ?3 is null.
  private static let heldDataset = """
    held (id, split, image_count) AS (
      \(counts("dataset_counts", "\(isAsked) AND (?3 IS NULL OR counts.label_id = ?3)"))
      UNION ALL
      \(counts("dataset_further_counts", "\(isAsked) AND counts.label_id = ?3"))
    )
    """

  private static let isAsked = """
    counts.dataset_id = ?1 AND (?2 IS NULL OR dataset_versions.id = ?2)
    """

  private static func counts(_ table: String, _ condition: String) -> String {
    """
    SELECT dataset_versions.id, counts.split, counts.image_count
      FROM \(table) AS counts
      CROSS JOIN dataset_versions ON dataset_versions.dataset_id = counts.dataset_id
        AND dataset_versions.version >= counts.first_version
        AND dataset_versions.version <= coalesce(counts.last_version, dataset_versions.version)
      WHERE \(condition)
    """
  }
}

extension RegistryError.Code {
  /// No image of the registry ever had a label.
  package static let unknownImageLabel = Self("unknown_image_label", .notFound)
}

extension Database {
  /// The row of a dataset, and that of its version if the reference names one.
  fileprivate func datasetRows(_ reference: Reference) throws -> (Int64?, Int64?) {
    // Also checks that the dataset exists.
    let version = try requiredDatasetVersion(reference).id
    let dataset = try number("SELECT dataset_id FROM dataset_versions WHERE id = ?", [version])
    return (dataset, reference.selector == .newest ? nil : version)
  }

  fileprivate func labelID(_ name: String) throws -> Int64 {
    if let id = try number("SELECT id FROM labels WHERE name = ?", [name]) { return id }
    let names = try all("SELECT name FROM labels ORDER BY id DESC LIMIT 10000") {
      try $0.next(String.self)
    }
    throw RegistryError(
      .unknownImageLabel, "No image has the label \(NameRule.shown(name)).", place: .subject(name),
      remedy: suggestion(for: name, among: names)
        ?? "Import images first: `registry import-images PATH --dataset NAME`.")
  }
}
