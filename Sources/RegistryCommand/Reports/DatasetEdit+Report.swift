internal import Presentation
internal import RegistryKit

extension DatasetEditResult {
  /// What a change of single images did, for people.
  func report(_ style: Style) -> String {
    var text = style("\(dataset)@\(version)".safeForTerminal, .heading)
    text += ": \(Quantity.count(images, "image"))"
    if version == previousVersion { return text + "; nothing changed\n" }
    text += "\n  \(Quantity.count(changes.added)) added, "
    text += "\(Quantity.count(changes.removed)) removed, "
    text += "\(Quantity.count(changes.relabelled)) relabelled, "
    text += "\(Quantity.count(changes.moved)) moved to another split\n"
    return text + ImageImportResult.leakReport(leaks, style)
  }
}

extension DatasetDifference {
  /// How many images of each kind are listed for people.
  private static let longestList = 20

  /// How two dataset versions differ, for people.
  func report(_ style: Style) -> String {
    var text = style("\(a) → \(b)".safeForTerminal, .heading) + "\n"
    text += Self.list("Added", added, style) { ($0.path, "\(Self.words($0.labels)), \($0.split)") }
    text += Self.list("Removed", removed, style) {
      ($0.path, "\(Self.words($0.labels)), \($0.split)")
    }
    text += Self.list("Relabelled", relabelled, style) {
      ($0.path, "\(Self.words($0.from)) → \(Self.words($0.to))")
    }
    text += Self.list("Moved", moved, style) { ($0.path, "\($0.from) → \($0.to)") }
    text += Self.list("Regrouped", regrouped, style) {
      ($0.path, "\($0.from ?? "no group") → \($0.to ?? "no group")")
    }
    return text
      + "\n\(Quantity.count(added.count)) added, \(Quantity.count(removed.count)) removed, "
      + "\(Quantity.count(relabelled.count)) relabelled, \(Quantity.count(moved.count)) moved, "
      + "\(Quantity.count(unchanged)) unchanged\n"
  }

  private static func words(_ labels: [String]) -> String {
    labels.isEmpty ? "no label" : labels.joined(separator: ", ")
  }

  private static func list<Change>(
    _ heading: String, _ changes: [Change], _ style: Style,
    _ cells: (Change) -> (path: String, change: String)
  ) -> String {
    guard !changes.isEmpty else { return "" }
    var table = Table("", "")
    for change in changes.prefix(longestList) {
      let (path, change) = cells(change)
      table.add(.init("  " + path), .init(change))
    }
    if changes.count > longestList {
      table.addRemark("  … \(Quantity.count(changes.count - longestList)) more; --json lists all")
    }
    return "\n" + style(heading, .heading) + "\n" + table.text(style)
  }
}

extension ImageExportResult {
  /// What an export of images wrote, for people.
  func report(_ style: Style) -> String {
    var text = style("\(dataset)@\(version)".safeForTerminal, .heading)
    text += " written to \(path.safeForTerminal)\n"
    text += "  \(Quantity.count(images, "image")), \(Quantity.bytes(bytes))"
    if renamed > 0 { text += ", \(Quantity.count(renamed)) under another name" }
    return text + "\n  labels in \(labels.safeForTerminal)"
      + (folders ? " and in the names of folders\n" : " only\n")
  }
}
