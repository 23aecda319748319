internal import Presentation
internal import RegistryKit

/// Recalls on one line.
enum RecallList {
  /// The versions that were recalled, with the reasons, for a cell of a table.
  static func text(_ recalls: [Recall]) -> String {
    recalls.map { "\($0.name): \($0.reason)" }.joined(separator: "; ")
  }
}

extension Recall {
  /// The history of recalls, for people.
  static func report(_ recalls: [Recall], _ style: Style) -> String {
    if recalls.isEmpty { return "Nothing was recalled.\n" }
    var table = Table("model", "recalled", "reason", "undone", "because")
    for recall in recalls {
      table.add(
        .init(recall.name.description, recall.undoneAt == nil ? .bad : .plain),
        .init(Quantity.time(recall.recalledAt)), .init(recall.reason),
        .init(recall.undoneAt.map(Quantity.time) ?? ""), .init(recall.undoReason ?? ""))
    }
    return table.text(style)
  }
}

extension RecallResult {
  /// What recalling a version, or undoing that, did, for people.
  func report(_ style: Style) -> String {
    let name = style("\(model)@\(version)".safeForTerminal, .heading)
    let family = descendants == 0 ? "" : " and \(Quantity.count(descendants, "descendant"))"
    guard undoneAt == nil else { return "\(name)\(family): the recall is undone\n" }
    var text = "\(name)\(family) recalled: \(reason.safeForTerminal)\n"
    if !aliases.isEmpty {
      let names = aliases.map(\.safeForTerminal).joined(separator: ", ")
      text +=
        style(
          "  \(Quantity.count(aliases.count, "alias", plural: "aliases")) "
            + "\(aliases.count == 1 ? "points" : "point") there: \(names)", .warning) + "\n"
    }
    return text
  }
}

extension GlobalOptions {
  /// Says on standard error that a model is used that was recalled.
  func warn(of recalls: [Recall], using model: ModelName) {
    if quiet { return }
    let style = Terminal.style(of: 2)
    for recall in recalls {
      let what =
        recall.name == model
        ? "\(model) is recalled" : "\(model) descends from \(recall.name), which is recalled"
      Terminal.tell(
        style("Warning:", .warning) + " \(what): \(recall.reason)".safeForTerminal + "\n")
    }
  }
}
