internal import ArgumentParser
private import Glibc
internal import RegistryKit

/// The subcommand `registry metrics`.
struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Show how a run's metrics went.",
    discussion: """
      Takes a run, or a model for the run that made it. Long histories are thinned in the table; \
      --json has every step.

      Examples:
        registry metrics wolfdog --plot
        registry metrics wolfdog --key validation_loss
        registry metrics wolfdog --output wolfdog.svg
      """)

  @Argument(help: "A model (NAME, NAME@3 or NAME@ALIAS), or a run by its id.")
  var subject: String

  @Option(help: ArgumentHelp("One metric only, such as validation_loss.", valueName: "metric"))
  var key: String?

  @Flag(help: "Draw curves in the terminal.")
  var plot = false

  @Option(
    help: ArgumentHelp(
      "Write the curves to an SVG file; a file that is there is replaced.", valueName: "file.svg"),
    completion: .file(extensions: ["svg"]))
  var output: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let history = try global.open().metrics(of: subject, key: key)
    let charts = Chart.charts(of: history)
    if let output {
      let replaced = try TextFile.write(SVGDocument.text(of: charts), to: output)
      if !global.quiet {
        Terminal.tell("\(replaced ? "Replaced" : "Wrote") \(output.safeForTerminal)\n")
      }
      if !plot && !global.json { return }
    }
    try global.show(history) { style in
      if charts.isEmpty { return "Run \(history.run) has no metrics.\n" }
      guard plot else { return history.table(style) }
      let width = min(Terminal.width(of: STDOUT_FILENO), 160)
      return charts.map { TerminalPlot.text(of: $0, width: width, style) }.joined(separator: "\n")
    }
  }
}
