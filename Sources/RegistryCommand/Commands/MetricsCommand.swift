internal import ArgumentParser
private import Glibc
internal import Presentation
internal import RegistryKit

/// The subcommand `registry metrics`.
struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Show how a run's metrics went.",
    discussion: """
      Takes a run, or a model for the run that made it. Long histories are thinned in tables and \
      curves, without losing the first, last, least and greatest values of any stretch; --json has \
      every point, --points thins it, and --limit with --after-step reads it page by page.

      Examples:
        registry metrics wolfdog --plot
        registry metrics wolfdog --key validation_loss
        registry metrics wolfdog --output wolfdog.svg
        registry metrics 3f2a --json --limit 1000 --after-step 5000
      """)

  @Argument(
    help: "A model (NAME, NAME@3 or NAME@ALIAS), or a run by its id.", completion: .modelOrRun)
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

  @Option(
    help: ArgumentHelp(
      "The most points of each metric, at least 4; longer histories are thinned.",
      valueName: "number"))
  var points: Int?

  @Option(help: ArgumentHelp("Show a page of so many points of each metric.", valueName: "number"))
  var limit: Int?

  @Option(
    help: ArgumentHelp("Show a page that begins after this step.", valueName: "step"))
  var afterStep: Int?

  @OptionGroup var global: GlobalOptions

  /// How many points of each metric curves and tables are made of: more than fit on any of them.
  private static let pointsOfCurves = 2000
  /// How long a page is, if only its beginning is given.
  private static let pageLength = 1000

  mutating func validate() throws {
    if let points, points < 4 {
      throw ValidationError("--points must be at least 4, not \(points).")
    }
    if let limit, limit < 1 {
      throw ValidationError("--limit must be at least 1, not \(limit).")
    }
    if points != nil && isPage {
      throw ValidationError("--points thins a whole history; it has no --limit or --after-step.")
    }
  }

  private var isPage: Bool { limit != nil || afterStep != nil }

  func run() throws {
    let registry = try global.open()
    if global.json && !isPage && points == nil && output == nil {
      return try writeAll(of: registry)
    }
    let range: HistoryRange =
      isPage
      ? .page(afterStep: afterStep, limit: limit ?? Self.pageLength)
      : .thinned(points: points ?? Self.pointsOfCurves)
    let history = try registry.metrics(of: subject, key: key, range)
    let charts = Chart.charts(of: history)
    if let output {
      let replaced = try TextFile.write(SVGDocument.text(of: charts), to: output)
      if !global.quiet {
        Terminal.tell("\(replaced ? "Replaced" : "Wrote") \(output.safeForTerminal)\n")
      }
      if !plot && !global.json { return }
    }
    if global.json && !isPage && points == nil { return try writeAll(of: registry) }
    try global.show(history) { style in
      if charts.isEmpty { return "Run \(history.run) has no metrics.\n" }
      guard plot else {
        return history.table(isThinned: !isPage && history.isLong(Self.pointsOfCurves), style)
      }
      let width = min(Terminal.width(of: STDOUT_FILENO), 160)
      return charts.map { TerminalPlot.text(of: $0, width: width, style) }.joined(separator: "\n")
    }
    if let next = history.next { global.suggest("registry metrics … --after-step \(next)") }
  }

  /// Writes every point as JSON, page by page, so that the length of a history does not matter.
  private func writeAll(of registry: Registry) throws {
    // The names alone: a page before all steps.
    let keys = try registry.metrics(of: subject, key: key, .page(afterStep: .max, limit: 1))
    let head = try JSONValue(encoding: keys).members.filter {
      $0.key != "metrics" && $0.key != "next"
    }
    var text = "{\n"
    for member in head {
      text += "  \(JSONValue.text(member.key).text): \(member.value.text(indentation: 2)),\n"
    }
    text += "  \"metrics\": {"
    for (index, key) in keys.metrics.keys.sorted().enumerated() {
      text += "\(index > 0 ? "," : "")\n    \(JSONValue.text(key).text): ["
      var afterStep: Int?
      var isFirst = true
      repeat {
        let page = try registry.metrics(
          of: keys.run, key: key, .page(afterStep: afterStep, limit: 10_000))
        for point in page.metrics[key] ?? [] {
          text += (isFirst ? "" : ",") + "\n      "
          text += try JSONValue(encoding: point).text(indentation: 6)
          isFirst = false
        }
        afterStep = page.next
        try Terminal.write(text, to: STDOUT_FILENO)
        text = ""
      } while afterStep != nil
      text += isFirst ? "]" : "\n    ]"
    }
    text += keys.metrics.isEmpty ? "}" : "\n  }"
    try Terminal.write(text + ",\n  \"next\": null\n}\n", to: STDOUT_FILENO)
  }
}

extension MetricHistory {
  /// Whether a metric has so many points that some may have been left out.
  fileprivate func isLong(_ count: Int) -> Bool {
    metrics.values.contains { $0.count > count / 2 }
  }
}
