internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry runs`.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List training and evaluation runs, or show one.",
    discussion: """
      Without an id, lists runs, the newest first. With the id of a run or a beginning of it, shows \
      its parameters, metrics, seed, datasets and host.

      Examples:
        registry runs --limit 20
        registry runs 3f2a
      """)

  @Argument(
    help: ArgumentHelp("The run to show, by its id or a beginning of it.", valueName: "run"))
  var id: String?

  @Option(help: "The most runs to list.")
  var limit = 50

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
  }

  func run() throws {
    let registry = try global.open()
    if let id {
      let summary = try registry.run(id)
      return try global.show(summary, summary.report)
    }
    let runs = try registry.runs(limit: limit)
    try global.show(["runs": runs]) { RunSummary.report(runs, $0) }
    if runs.isEmpty { global.suggest("registry train MODEL") }
  }
}
