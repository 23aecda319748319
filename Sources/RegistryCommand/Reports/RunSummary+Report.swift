internal import Presentation
internal import RegistryKit

extension RunList {
  /// Runs in a list, for people.
  func report(isNarrowed: Bool, _ style: Style) -> String {
    if runs.isEmpty { return isNarrowed ? "No run is like that.\n" : "There are no runs yet.\n" }
    let hasTags = runs.contains { !$0.tags.isEmpty }
    var table = Table(
      headings: [
        "run", "kind", "state", "model", "made", "datasets", ">accuracy", "started", ">time",
      ] + (hasTags ? ["tags"] : []))
    for run in runs {
      var cells: [Table.Cell] = [
        .init(String(run.run.prefix(12)), .heading), .init(run.kind),
        .init(run.state, run.stateRole), .init(run.model), .init(run.produced?.description ?? ""),
        .init(run.datasets.joined(separator: ", ")),
        .init(run.accuracy.map(Quantity.percent) ?? ""), .init(Quantity.time(run.startedAt)),
        .init(run.seconds.map(Quantity.duration) ?? ""),
      ]
      if hasTags { cells.append(.init(TagList.text(run.tags))) }
      table.add(cells)
    }
    return table.text(style)
  }
}

extension RunSummary {
  /// One run, for people.
  func report(_ style: Style) -> String {
    var facts = Table("", "")
    facts.add("state", .init(state, stateRole))
    if let message { facts.add("reason", .init(message, .bad)) }
    facts.add("model", .init(model))
    if let base { facts.add("started from", .init(base.description)) }
    if let produced { facts.add("made", .init(produced.description)) }
    facts.add("datasets", .init(datasets.joined(separator: ", ")))
    facts.add("seed", .init("\(seed)"))
    facts.add("started", .init(startedAt))
    if let endedAt { facts.add("ended", .init(endedAt)) }
    if let seconds { facts.add("time", .init(Quantity.duration(seconds))) }
    facts.add("program", .init(program))
    if !tags.isEmpty { facts.add("tags", .init(TagList.text(tags))) }
    if let note { facts.add("note", .init(note)) }
    for (name, value) in host.sorted(by: { $0.key < $1.key }) {
      facts.add(.init("host \(name)"), .init(value))
    }
    var text = style("\(run)".safeForTerminal, .heading) + " (\(kind))\n" + facts.text(style)
    if !parameters.isEmpty {
      var table = Table("parameter", "value")
      for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
        table.add(.init(name), .init(value))
      }
      text += "\n" + table.text(style)
    }
    if !metrics.isEmpty { text += "\n" + MetricList.text(metrics, style) }
    return text
  }

  fileprivate var accuracy: Double? {
    let keys =
      ["best_validation_accuracy", "validation_accuracy"]
      + metrics.keys.filter { $0.hasSuffix("_accuracy") }.sorted()
    return keys.lazy.compactMap { metrics[$0] }.first
  }

  fileprivate var stateRole: Style.Role {
    switch state {
    case "finished": .good
    case "running": .first
    case "interrupted": .warning
    default: .bad
    }
  }
}
