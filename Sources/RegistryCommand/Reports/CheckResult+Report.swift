internal import Presentation
internal import RegistryKit

extension CheckResult {
  /// What was found, for people: at most `limit` lines of each kind.
  func report(limit: Int) -> (Style) -> String {
    { style in
      var text = style("\(dataset)@\(version)".safeForTerminal, .heading)
      text += ": \(Quantity.count(images, "image"))"
      if let model { text += ", judged by \(model.description.safeForTerminal)" }
      text += " in \(Quantity.duration(seconds))\n\n"
      text += summary(style)
      for group in groupsOfDuplicates {
        text += section(
          group.title, Self.table(of: group.pairs.prefix(limit)), group.pairs.count, limit, style)
      }
      for kind in Defect.Kind.allCases {
        let found = defects.filter { $0.kind == kind }
        var table = Table(">\(kind.figure)", "split", "label", "path")
        for defect in found.prefix(limit) {
          table.add(
            .init(kind.text(of: defect.value)), .init(defect.image.split),
            .init(defect.image.label), .init(defect.image.path))
        }
        text += section(kind.title, table, found.count, limit, style)
      }
      if let labelIssues {
        var table = Table("label", ">probability", "rather", ">probability", "split", "path")
        for issue in labelIssues.prefix(limit) {
          table.add(
            .init(issue.image.label), .init(Quantity.percent(issue.probability)),
            .init(issue.suggestedLabel, .warning),
            .init(Quantity.percent(issue.suggestedProbability)), .init(issue.image.split),
            .init(issue.image.path))
        }
        text += section("Labels in question", table, labelIssues.count, limit, style)
      }
      if let hardest {
        var table = Table(">loss", "label", "taken for", "split", "path")
        for image in hardest.prefix(limit) {
          table.add(
            .init(Quantity.fixed(image.loss, 3)), .init(image.image.label),
            .init(image.predictedLabel), .init(image.image.split), .init(image.image.path))
        }
        text += section("Hardest", table, hardest.count, limit, style)
      }
      return text
    }
  }

  private func summary(_ style: Style) -> String {
    var table = Table("", ">")
    func add(_ title: String, _ count: Int, _ role: Style.Role = .plain) {
      table.add(.init(title), .init(Quantity.count(count), count > 0 ? role : .faint))
    }
    add("leaks between splits", leaks, .bad)
    for kind in Duplicate.Kind.allCases {
      add(kind.title.lowercased(), duplicates.count { $0.kind == kind }, .warning)
    }
    for kind in Defect.Kind.allCases {
      add(kind.title.lowercased(), defects.count { $0.kind == kind }, .warning)
    }
    if let labelIssues { add("labels in question", labelIssues.count, .warning) }
    return table.text(style)
  }

  private static func table(of pairs: some Sequence<Duplicate>) -> Table {
    var table = Table("", ">alike", "split", "label", "path")
    for pair in pairs {
      for (place, image) in pair.images.enumerated() {
        table.add(
          .init(place == 0 ? pair.kind.name : ""),
          .init(place == 0 ? Quantity.fixed(pair.similarity, 3) : ""), .init(image.split),
          .init(image.label, pair.labelsDiffer ? .warning : .plain), .init(image.path))
      }
    }
    return table
  }

  private func section(
    _ title: String, _ table: Table, _ count: Int, _ limit: Int, _ style: Style
  ) -> String {
    guard count > 0 else { return "" }
    var table = table
    if count > limit { table.addRemark("… \(Quantity.count(count - limit)) more") }
    return "\n\(style(title, .heading))\n" + table.text(style)
  }
}
