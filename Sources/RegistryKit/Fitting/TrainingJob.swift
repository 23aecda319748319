package import Catalog
package import Diagnostics
private import Networks
private import Tensors
package import Training

/// All that decides what a run trains, apart from the images: enough to go on with it later.
package struct TrainingJob: Sendable {
  /// The version that will be registered, with the weights that training starts from.
  package var model: ModelDraft
  /// The version whose tensors training starts from, but for a new head; `nil` when it starts from
  /// nothing.
  package let base: LoadedModel?
  package let dataset: JoinedDataset
  /// What an earlier attempt reached.
  package var checkpoint: FitCheckpoint?

  package init(_ model: ModelDraft, base: LoadedModel?, dataset: JoinedDataset) {
    self.model = model
    self.base = base
    self.dataset = dataset
  }

  /// Whether the head is new on a pretrained backbone, and of the kind that can be fitted to
  /// features before the backbone is trained with it.
  package var fitsHeadFirst: Bool {
    guard base != nil, Classifier.isChain(model.network.withoutSigmoid().head) else {
      return false
    }
    let plan = model.freezePlan
    return hasNewHead
      && model.network.head.allSatisfy {
        $0.operation.tensors.isEmpty || !plan.isFrozen($0.name)
      }
  }

  /// Whether the head has random weights, on a base's backbone or on none.
  package var hasNewHead: Bool {
    guard let base else { return true }
    return model.origin == .derived || (base.record.origin == .derived && base.record.runID == nil)
  }

  /// What the run is told by the model itself.
  package var parameters: [String: String] {
    [
      "architecture": model.network.architecture,
      "frozen_layers": String(model.freezePlan.frozenLayers.count),
      "trainable_layers": String(model.freezePlan.trainableLayers.count),
      "labels": String(model.labels.count),
    ]
  }

  /// The images of a split.
  package func items(in split: Split) -> [DatasetItem] { dataset.items(in: split) }

  /// The outputs of the model's labels.
  package var labelIndex: LabelIndex {
    LabelIndex(
      of: model.labels, isMultiLabel: model.network.hasIndependentLabels, subject: model.name)
  }

  /// - Throws: `label_without_images` when a label has no image to train on, `independent_labels` when
  ///   images may have several labels and the model's exclude each other.
  package func checkImages() throws {
    _ = try labelIndex.targets(of: [], in: dataset)
    let trained = Set(items(in: .train).flatMap(\.labels))
    guard let label = model.labels.first(where: { !trained.contains($0) }) else { return }
    let elsewhere = dataset.items.count { $0.labels.contains(label) }
    throw RegistryError(
      .labelWithoutImages,
      elsewhere == 0
        ? "\(dataset.name) has no image of \(label)."
        : "\(dataset.name) has no training image of \(label); its \(elsewhere) are in other splits.",
      place: .subject(dataset.name),
      remedy: "Import more images of \(label), name the datasets that have them with --dataset, "
        + "or draw the splits anew with another --seed.")
  }
}

extension RegistryError.Code {
  /// A label has no image to train on.
  package static let labelWithoutImages = Self("label_without_images", .badInput)
}
