internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry runs`.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List training and evaluation runs, or show one.",
    discussion: """
      Without an id, lists runs, the newest first. With the id of a run or a beginning of it, shows \
      its parameters, metrics, seed, datasets and host. A condition speaks of params.NAME, \
      metrics.NAME (its last value; min(…), max(…) and at(…, STEP) are others), tags.NAME, model, \
      dataset, base, produced, kind, state, started and more.

      Examples:
        registry runs --limit 20
        registry runs 3f2a
        registry runs --where "max(metrics.accuracy) > 0.9 and started > -7d"
        registry runs --where "descendant of wolfdog@1" --sort "metrics.loss"
      """)

  @Argument(
    help: ArgumentHelp("The run to show, by its id or a beginning of it.", valueName: "run"),
    completion: .run)
  var id: String?

  @OptionGroup var list: ListOptions

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if id != nil && (list.isNarrowed || list.sort != nil) {
      throw ValidationError("A run is shown by its id, or runs are listed; not both.")
    }
  }

  func run() throws {
    let registry = try global.open()
    if let id {
      let summary = try registry.run(id)
      return try global.show(summary, summary.report)
    }
    let page = try registry.runs(list.request())
    try global.show(page) { page.report(isNarrowed: list.isNarrowed, $0) }
    if page.runs.isEmpty && !list.isNarrowed { global.suggest("registry train MODEL") }
    global.suggestNextPage("runs", page.next.map { String($0.prefix(12)) }, list)
  }
}
