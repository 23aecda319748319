package import Catalog
package import Diagnostics
private import Networks
package import Training

/// Which output of a network stands for a label.
package struct LabelIndex {
  private let outputs: [String: Int]
  private let labels: [String]
  private let isMultiLabel: Bool
  private let subject: String

  /// - Parameters:
  ///   - labels: the labels, in the order of the outputs.
  ///   - isMultiLabel: whether they are independent of each other.
  ///   - subject: the model's name, for messages.
  package init(of labels: [String], isMultiLabel: Bool, subject: String) {
    self.labels = labels
    self.isMultiLabel = isMultiLabel
    self.subject = subject
    // Of labels that occur twice the first output counts.
    outputs = Dictionary(
      labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The labels of a model.
  package init(of model: LoadedModel) {
    self.init(
      of: model.labels, isMultiLabel: model.network.hasIndependentLabels,
      subject: model.name.description)
  }

  /// The right outputs of images, as the network's loss and metrics take them.
  ///
  /// A network with independent labels learns from images with one label each, too; one whose labels
  /// exclude each other does not from images with several.
  ///
  /// - Throws: `independent_labels` when it is asked to, `unknown_label` when the network has no output
  ///   for a label.
  package func targets(of items: [DatasetItem], in dataset: JoinedDataset) throws -> LabelTargets {
    if isMultiLabel { return .independent(try items.map { try outputs(of: $0).sorted() }) }
    return .exclusive(try outputs(of: items, in: dataset))
  }

  /// The output of each image's only label.
  ///
  /// - Throws: `independent_labels`, `unknown_label`.
  package func outputs(of items: [DatasetItem], in dataset: JoinedDataset) throws -> [Int] {
    try requireExclusiveLabels(in: dataset.source)
    return try items.flatMap(outputs)
  }

  /// - Throws: `independent_labels` when images may have several labels.
  package func requireExclusiveLabels(in versions: JoinedVersions) throws {
    guard versions.isMultiLabel else { return }
    throw RegistryError(
      .independentLabels,
      "The images of \(versions.name) may have several labels, and those of \(subject) exclude "
        + "each other.", place: .subject(subject),
      remedy: "Derive a head for independent labels: "
        + "`registry derive --from BASE --head NAME --dataset \(versions.name)`.")
  }

  private func outputs(of item: DatasetItem) throws -> [Int] {
    try item.labels.map { label in
      guard let output = outputs[label] else {
        throw RegistryError(
          .unknownLabel, "\(subject) does not know the label \(label).",
          place: Place(file: item.sourcePath, subject: subject),
          remedy: (labels.nearest(to: label).map { "Did you mean \($0)? " } ?? "")
            + "Derive a head for these labels with `registry derive`.")
      }
      return output
    }
  }
}

extension RegistryError.Code {
  /// An image has a label that the model has no output for.
  package static let unknownLabel = Self("unknown_label", .badInput)
  /// Images may have several labels, and those of the model exclude each other.
  package static let independentLabels = Self("independent_labels", .badInput)
}
