package import Catalog
package import Diagnostics
private import Tensors

/// The images of one or several dataset versions, each image once.
package struct JoinedDataset: Sendable {
  /// The versions, in the order in which they were named.
  package let versions: [DatasetVersionRecord]
  /// The images; one that several datasets have stands where the first of them has it.
  package let items: [DatasetItem]

  /// `NAME@VERSION`, separated by commas.
  package var name: String { Self.name(of: versions) }

  package static func name(of versions: [DatasetVersionRecord]) -> String {
    versions.map { "\($0.dataset)@\($0.version)" }.joined(separator: ",")
  }

  /// Whether labels are independent, so that an image may have several, or none.
  package var isMultiLabel: Bool { versions.contains(where: \.isMultiLabel) }

  /// The labels that images have, in the order of their bytes.
  package var labels: [String] {
    DatasetItem.ordered(Array(Set(items.lazy.flatMap(\.labels))))
  }

  /// The images of a split.
  package func items(in split: Split) -> [DatasetItem] { items.filter { $0.split == split } }
}

extension Registry {
  /// Joins the dataset versions that references name.
  ///
  /// - Throws: `unknown_dataset`, `contradicting_labels` when two of them label an image
  ///   differently.
  package func joinedDataset(_ references: [String]) throws -> JoinedDataset {
    try joinedDataset(
      versions: references.map { try catalog.datasetVersion(try Reference(parsing: $0)) })
  }

  /// Joins dataset versions.
  package func joinedDataset(versions: [DatasetVersionRecord]) throws -> JoinedDataset {
    var items: [DatasetItem] = []
    var known: [Digest: (labels: [String], dataset: String)] = [:]
    for version in versions {
      for item in try catalog.items(of: version) {
        guard let first = known[item.digest] else {
          known[item.digest] = (item.labels, version.dataset)
          items.append(item)
          continue
        }
        guard first.labels == item.labels else {
          throw RegistryError(
            .contradictingLabels,
            "\(item.sourcePath) is labelled \(first.labels.inWords) in \(first.dataset) and "
              + "\(item.labels.inWords) in \(version.dataset).",
            place: Place(file: item.sourcePath, subject: version.dataset),
            remedy: "Correct one of the two, or train on one dataset at a time.")
        }
      }
    }
    return JoinedDataset(versions: versions, items: items)
  }
}

extension RegistryError.Code {
  /// Two datasets label one image differently.
  package static let contradictingLabels = Self("contradicting_labels", .badInput)
}
