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
          .init("\(item.dataset)@\(range)"), .init(item.label), .init(item.split),
          .init(item.path), Self.deletedCell(item.deleted))
      }
      text += table.text(style)
    }
    if models.isEmpty { return text + "\nNo model was trained on it.\n" }
    var table = Table("model", "relation", "split", "split of bases", "run", "")
    for model in models {
      let inherited = model.inheritedSplit ?? ""
      table.add(
        .init(model.name.description, .heading), .init(model.relation.rawValue),
        Self.cell(model.relation == .trained ? model.split : ""), Self.cell(inherited),
        .init(model.run.map { String($0.prefix(12)) } ?? ""), Self.deletedCell(model.deleted))
    }
    return text + "\n" + table.text(style)
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

  private static func deletedCell(_ isDeleted: Bool) -> Table.Cell {
    isDeleted ? Table.Cell("deleted", .faint) : ""
  }

  private static func cell(_ split: String) -> Table.Cell {
    Table.Cell(split, split == "train" ? .warning : .plain)
  }
}

extension TraceResult.Occurrence {
  /// Whether the image has the same label, split and path in both, and both are deleted or not.
  fileprivate func isAlike(_ other: Self) -> Bool {
    (label, split, path, deleted) == (other.label, other.split, other.path, other.deleted)
  }
}
