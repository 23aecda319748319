internal import Presentation
internal import RegistryKit

extension TraceResult {
  /// Where an image is, for people; versions in a row that have it alike share a line.
  func report(_ style: Style) -> String {
    var text = style("Image \(digest)", .heading) + "\n\n"
    if datasets.isEmpty {
      text += "No dataset holds it.\n"
    } else {
      var table = Table("dataset", "label", "split", "path", "")
      for (range, item) in collapsed {
        table.add(
          .init("\(item.dataset)@\(range)"), .init(item.labels.joined(separator: ", ")),
          .init(item.split), .init(item.path), item.deleted ? .init("deleted", .faint) : "")
      }
      text += table.text(style)
    }
    if models.isEmpty { return text + "\nNo model was trained on it.\n" }
    return text + "\n" + Influence.report(models, style)
  }

  /// The occurrences, the newest first; those in successive versions of a dataset that differ in
  /// nothing else are one, with a range such as `1–3`.
  private var collapsed: [(range: String, item: Occurrence)] {
    var groups: [(first: Int, last: Int, item: Occurrence)] = []
    var open: [String: Int] = [:]
    for item in datasets {
      if let index = open[item.dataset], groups[index].first == item.version + 1,
        groups[index].item.isAlike(item)
      {
        groups[index].first = item.version
      } else {
        open[item.dataset] = groups.count
        groups.append((item.version, item.version, item))
      }
    }
    return groups.map { group in
      (group.first == group.last ? "\(group.last)" : "\(group.first)–\(group.last)", group.item)
    }
  }
}

extension TraceResult.Influence {
  /// Models that images had a part in, for people.
  fileprivate static func report(_ models: [Self], _ style: Style) -> String {
    let hasRecalls = models.contains { !$0.recalled.isEmpty }
    var table = Table(
      headings: ["model", "relation", "split", "split of bases", "run", ""]
        + (hasRecalls ? ["recalled"] : []))
    for model in models {
      var cells: [Table.Cell] = [
        .init(model.name.description, .heading), .init(model.relation.rawValue),
        cell(model.relation == .trained ? model.split : ""), cell(model.inheritedSplit ?? ""),
        .init(model.run.map { String($0.prefix(12)) } ?? ""),
        model.deleted ? .init("deleted", .faint) : "",
      ]
      if hasRecalls { cells.append(.init(RecallList.text(model.recalled), .bad)) }
      table.add(cells)
    }
    return table.text(style)
  }

  private static func cell(_ split: String) -> Table.Cell {
    Table.Cell(split, split == "train" ? .warning : .plain)
  }
}

extension TraceResult.Occurrence {
  /// Whether the image has the same label, split and path in both, and both are deleted or not.
  fileprivate func isAlike(_ other: Self) -> Bool {
    (labels, split, path, deleted) == (other.labels, other.split, other.path, other.deleted)
  }
}

extension DatasetTraceResult {
  /// Where images of a dataset or with a label are, for people.
  func report(_ style: Style) -> String {
    let subject = [label.map { "label \($0)" }, dataset.map { "dataset \($0)" }]
      .compactMap { $0 }.joined(separator: " in ")
    let title = (subject.prefix(1).uppercased() + subject.dropFirst()).safeForTerminal
    var text = style(title, .heading) + "\n\n"
    if datasets.isEmpty { return text + "No dataset version holds such an image.\n" }
    var table = Table("dataset", ">images", ">train", ">validation", ">test")
    for item in datasets {
      table.add(
        .init("\(item.dataset)@\(item.version)"), .init(Quantity.count(item.images)),
        .init(Quantity.count(item.splits["train"] ?? 0)),
        .init(Quantity.count(item.splits["validation"] ?? 0)),
        .init(Quantity.count(item.splits["test"] ?? 0)))
    }
    text += table.text(style) + "\n"
    if models.isEmpty { return text + "No model was trained on them.\n" }
    return text + TraceResult.Influence.report(models, style)
  }
}

extension MetricTraceResult {
  /// The runs that produced a number, for people.
  func report(_ style: Style) -> String {
    if runs.isEmpty {
      return "No run's \(metric.safeForTerminal) was \(value) at its end, least or greatest.\n"
    }
    var table = Table(
      "run", "kind", "model", "made", "datasets", ">\(metric)", "value", "started")
    for run in runs {
      table.add(
        .init(String(run.run.prefix(12)), .heading), .init(run.kind),
        .init(run.kind == "evaluate" ? run.base?.description ?? run.model : run.model),
        .init(run.produced?.description ?? ""), .init(run.datasets.joined(separator: ", ")),
        .init(MetricList.value(run.value, of: metric)), .init(run.statistic),
        .init(Quantity.time(run.startedAt)))
    }
    return table.text(style)
  }
}
