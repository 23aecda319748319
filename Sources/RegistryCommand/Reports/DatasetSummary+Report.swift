internal import RegistryKit

extension DatasetList {
  /// Datasets in a list, for people.
  func report(isNarrowed: Bool, _ style: Style) -> String {
    if datasets.isEmpty {
      return isNarrowed ? "No dataset is like that.\n" : "There are no datasets yet.\n"
    }
    var table = Table(
      "dataset", ">images", ">train", ">validation", ">test", "labels", "created")
    for dataset in datasets {
      table.add(
        .init("\(dataset.dataset)@\(dataset.version)", .heading),
        .init(Quantity.count(dataset.images)),
        .init(Quantity.count(dataset.splits["train"] ?? 0)),
        .init(Quantity.count(dataset.splits["validation"] ?? 0)),
        .init(Quantity.count(dataset.splits["test"] ?? 0)),
        .init(LabelList.text(dataset.labels.keys.sorted(), atMost: 4)),
        .init(Quantity.time(dataset.createdAt)))
    }
    return table.text(style)
  }
}

extension DatasetSummary {
  /// One dataset, for people.
  func report(_ style: Style) -> String {
    style("\(dataset)@\(version)".safeForTerminal, .heading)
      + ": \(Quantity.count(images, "image")), seed \(seed), created \(createdAt)\n\n"
      + SplitTable.text(labels: labels, splits: splits, labelSplits: labelSplits, style)
  }
}
