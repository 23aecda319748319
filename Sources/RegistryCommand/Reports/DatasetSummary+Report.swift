internal import Presentation
internal import RegistryKit

extension DatasetList {
  /// Datasets in a list, for people.
  func report(isNarrowed: Bool, _ style: Style) -> String {
    if datasets.isEmpty {
      return isNarrowed ? "No dataset is like that.\n" : "There are no datasets yet.\n"
    }
    let hasTags = datasets.contains { !$0.tags.isEmpty }
    var table = Table(
      headings: ["dataset", ">images", ">train", ">validation", ">test", "labels", "created"]
        + (hasTags ? ["tags"] : []))
    for dataset in datasets {
      var cells: [Table.Cell] = [
        .init("\(dataset.dataset)@\(dataset.version)", .heading),
        .init(Quantity.count(dataset.images)),
        .init(Quantity.count(dataset.splits["train"] ?? 0)),
        .init(Quantity.count(dataset.splits["validation"] ?? 0)),
        .init(Quantity.count(dataset.splits["test"] ?? 0)),
        .init(LabelList.text(dataset.labels.keys.sorted(), atMost: 4)),
        .init(Quantity.time(dataset.createdAt)),
      ]
      if hasTags { cells.append(.init(TagList.text(dataset.tags))) }
      table.add(cells)
    }
    return table.text(style)
  }
}

extension DatasetSummary {
  /// From how many times as many images on a label is said to be commoner.
  private static let notableImbalance = 3.0

  /// One dataset, for people.
  func report(_ style: Style) -> String {
    var text = style("\(dataset)@\(version)".safeForTerminal, .heading)
    text += ": \(Quantity.count(images, "image"))"
    if multiLabel { text += " with independent labels" }
    text += ", seed \(seed), created \(createdAt)\n"
    if !tags.isEmpty { text += "  tags: \(TagList.text(tags).safeForTerminal)\n" }
    if let note { text += "  note: \(note.safeForTerminal)\n" }
    text += "\n"
    text += SplitTable.text(
      labels: labels, unlabelled: unlabelled, splits: splits, labelSplits: labelSplits ?? [:],
      shares: shares, style)
    return text + balanceHint(style)
  }

  /// What to do about labels of very different frequency; empty where there are none.
  private func balanceHint(_ style: Style) -> String {
    let order = labels.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
    guard let imbalance, imbalance >= Self.notableImbalance, let rare = order.first,
      let common = order.last
    else { return "" }
    return "\n" + style("Imbalance:", .warning)
      + " \(common.key.safeForTerminal) has \(Quantity.fixed(imbalance, 1)) times as many "
      + "images as \(rare.key.safeForTerminal).\n"
      + "  Add images of the rare labels, or train with --balance-classes.\n"
  }
}
