internal import Presentation
internal import RegistryKit

extension SubjectList {
  /// What was deleted or restored, for people; the verb is in the past.
  func report(_ verb: String, _ style: Style) -> String {
    var table = Table("", "")
    for (kind, names) in [
      ("models", models), ("datasets", datasets), ("runs", runs.map { String($0.prefix(12)) }),
      ("aliases removed", aliases),
    ] where !names.isEmpty {
      table.add(.init("  \(kind)"), .init(LabelList.text(names, atMost: 12)))
    }
    return verb + ":\n" + table.text(style)
  }
}

extension DeletedSubject {
  /// What is deleted, for people.
  static func report(_ deleted: [DeletedSubject], _ style: Style) -> String {
    if deleted.isEmpty { return "Nothing is deleted.\n" }
    var table = Table("deleted", "kind", "when", "who", "can be restored")
    for item in deleted {
      let name = item.kind == "run" ? String(item.subject.prefix(12)) : item.subject
      table.add(
        .init(name, .heading), .init(item.kind.split(separator: "_").first.map(String.init) ?? ""),
        .init(Quantity.time(item.deletedAt)), .init(item.deletedBy),
        item.collectedAt.map { Table.Cell("no: freed \(Quantity.time($0))", .faint) }
          ?? Table.Cell("yes", .good))
    }
    return table.text(style)
  }
}

extension GarbageCollectionResult {
  /// What was freed, for people.
  func report(_ style: Style) -> String {
    let verb = dryRun ? "Would free" : "Freed"
    var text = "\(verb) \(style(Quantity.bytes(freedBytes), .heading)): "
    text += "\(Quantity.count(objects, "object"))"
    if repacked > 0 { text += ", \(Quantity.count(repacked, "pack")) written anew" }
    if temporaryFiles > 0 { text += ", \(Quantity.count(temporaryFiles, "unfinished file"))" }
    if cacheFiles > 0 { text += ", \(Quantity.count(cacheFiles, "cache file"))" }
    text += "\n"
    if !collected.isEmpty {
      text += collected.report(dryRun ? "Would be gone for good" : "Gone for good", style)
    }
    return text
  }
}
