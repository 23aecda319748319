internal import RegistryKit

extension DatasetSummary {
  /// Datasets in a list, for people.
  static func report(_ datasets: [DatasetSummary], _ style: Style) -> String {
    if datasets.isEmpty { return "There are no datasets yet.\n" }
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

  /// One dataset, for people.
  func report(_ style: Style) -> String {
    var text = style("\(dataset)@\(version)".safeForTerminal, .heading)
    text += ": \(Quantity.count(images, "image")), seed \(seed), created \(createdAt)\n"
    if !tags.isEmpty { text += "  tags: \(TagList.text(tags).safeForTerminal)\n" }
    if let note { text += "  note: \(note.safeForTerminal)\n" }
    return text + "\n"
      + SplitTable.text(labels: labels, splits: splits, labelSplits: labelSplits, style)
  }
}
