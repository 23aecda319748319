package import Catalog
package import Diagnostics
private import Tensors

/// Dataset versions that are taken together, and what their records say of them without a look at the
/// images.
package struct JoinedVersions: Sendable {
  /// The versions, in the order in which they were named.
  package let versions: [DatasetVersionRecord]

  /// `NAME@VERSION`, separated by commas.
  package var name: String { versions.map { "\($0.dataset)@\($0.version)" }.joined(separator: ",") }

  /// Whether labels are independent, so that an image may have several, or none.
  package var isMultiLabel: Bool { versions.contains(where: \.isMultiLabel) }

  /// The labels that images have, in the order of their bytes.
  package var labels: [String] { DatasetItem.ordered(versions.flatMap(\.labels.keys)) }
}

/// The images of one or several dataset versions, each image once.
@dynamicMemberLookup
package struct JoinedDataset: Sendable {
  /// Where the images come from.
  package let source: JoinedVersions
  /// The images; one that several datasets have stands where the first of them has it.
  package let items: [DatasetItem]

  /// What the records of the versions say.
  package subscript<Value>(dynamicMember path: KeyPath<JoinedVersions, Value>) -> Value {
    source[keyPath: path]
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
    try joinedDataset(joinedVersions(references))
  }

  /// The dataset versions that references name.
  ///
  /// - Throws: `unknown_dataset`, `unknown_dataset_version`.
  package func joinedVersions(_ references: [String]) throws -> JoinedVersions {
    JoinedVersions(
      versions: try references.map { try catalog.datasetVersion(try Reference(parsing: $0)) })
  }

  /// Joins dataset versions.
  ///
  /// - Throws: `contradicting_labels`.
  /// - Complexity: O(images).
  package func joinedDataset(_ source: JoinedVersions) throws -> JoinedDataset {
    var items: [DatasetItem] = []
    var known: [Digest: (labels: [String], dataset: String)] = [:]
    for version in source.versions {
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
    return JoinedDataset(source: source, items: items)
  }
}

extension RegistryError.Code {
  /// Two datasets label one image differently.
  package static let contradictingLabels = Self("contradicting_labels", .badInput)
}
