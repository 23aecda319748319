internal import Presentation
internal import RegistryKit

extension AliasHistory {
  /// The aliases of a model, or every move of them, for people.
  func report(_ style: Style, withHistory: Bool) -> String {
    if withHistory {
      if changes.isEmpty { return "\(model.safeForTerminal) never had an alias.\n" }
      var table = Table("when", "who", "alias", "from", "to")
      for change in changes {
        table.add(
          .init(Quantity.time(change.changedAt)), .init(change.changedBy ?? ""),
          .init(change.alias, .heading),
          .init(change.previousVersion.map { "version \($0)" } ?? ""),
          change.version.map { Table.Cell("version \($0)") } ?? Table.Cell("removed", .warning))
      }
      return table.text(style)
    }
    if aliases.isEmpty { return "\(model.safeForTerminal) has no alias.\n" }
    var table = Table("alias", ">version")
    for alias in aliases {
      table.add(.init("\(model)@\(alias.alias)", .heading), .init("\(alias.version)"))
    }
    return table.text(style)
  }
}
