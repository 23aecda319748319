internal import Diagnostics
internal import Presentation
internal import RegistryKit

extension ServicePage {
  /// The most runs that are compared.
  private static let maximumComparison = 8

  /// Runs, the newest first unless somebody searches, and a way to lay some over each other.
  static func runs(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    let list = try registry.runs(call.list)
    let rows = list.runs.map { run in
      [
        "<input type=\"checkbox\" name=\"run\" value=\"\(HTML.text(run.run))\" "
          + "aria-label=\"Compare \(HTML.text(run.run.prefix(12)))\">",
        HTML.link("runs", run.run, String(run.run.prefix(12))), HTML.text(run.kind),
        state(run.state),
        (run.produced ?? run.base).map { HTML.link("models", $0.description) }
          ?? HTML.text(run.model),
        HTML.text(run.datasets.joined(separator: ", ")), figure(of: run),
        run.seconds.map { Quantity.duration($0) } ?? "", Quantity.time(run.startedAt),
      ]
    }
    let table = HTML.table(
      "Runs",
      ["", "Run", "Kind", "State", "Model", "Datasets", ">Accuracy", ">Time", "Started"], rows)
    return ServicePage(
      title: "Runs", section: .runs,
      body: HTML.search(call.query, example: "params.optimizer = adamw and state = finished")
        + (rows.isEmpty
          ? "<p>There are none.</p>"
          : "<form action=\"/compare\" data-join=\"run\"><p><button type=\"submit\">"
            + "Compare those that are marked</button></p>\(table)</form>")
        + HTML.next(call.next("runs", list.next)))
  }

  /// A run: what it was told, what it measured, and where it came to.
  static func run(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    let run = try registry.run(call.name)
    let facts = HTML.list([
      ("State", state(run.state)), ("Kind", HTML.text(run.kind)),
      ("Made", run.produced.map { HTML.link("models", $0.description) } ?? ""),
      ("Base", run.base.map { HTML.link("models", $0.description) } ?? ""),
      ("Datasets", run.datasets.map { HTML.link("datasets", $0) }.joined(separator: ", ")),
      ("Seed", "\(run.seed)"), ("Time", run.seconds.map { Quantity.duration($0) } ?? ""),
      ("Started", Quantity.time(run.startedAt)), ("Program", HTML.text(run.program)),
      ("Message", run.message.map { HTML.text($0) } ?? ""),
      ("Note", run.note.map { HTML.text($0) } ?? ""),
    ])
    let live = run.state == "running" ? " data-live" : ""
    let curves =
      run.metrics.isEmpty && live.isEmpty
      ? ""
      : "<p><img class=\"curves\"\(live) alt=\"Curves of the metrics\" "
        + "src=\"/runs/\(run.run)/curves.svg\"></p>"
    func table(_ caption: String, _ values: [(String, String)]) -> String {
      values.isEmpty
        ? ""
        : HTML.table(caption, ["Name", ">Value"], values.map { [HTML.text($0), HTML.text($1)] })
    }
    let answers = run.kind == "evaluate" ? try evaluation(ofRun: run.run, registry) : ""
    return ServicePage(
      title: "Run \(run.run.prefix(12))", section: .runs,
      body: facts + curves
        + answers
        + table(
          "Last values",
          run.metrics.sorted { $0.key < $1.key }.map { ($0.key, Quantity.significant($0.value)) })
        + table("Parameters", run.parameters.sorted { $0.key < $1.key })
        + table("Machine", run.host.sorted { $0.key < $1.key }))
  }

  /// Runs side by side: curves over each other, and what differs.
  static func comparison(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    let names = (call.given("runs") ?? "").split(separator: ",").map(String.init)
    guard (2...maximumComparison).contains(names.count) else {
      return ServicePage(
        title: "Compare runs", section: .runs,
        body: "<p>Mark 2 to \(maximumComparison) of the <a href=\"/runs\">runs</a>.</p>")
    }
    let runs = try names.map { try registry.run($0) }
    let headings = [""] + runs.map { HTML.link("runs", $0.run, String($0.run.prefix(12))) }
    func rows(_ values: [[String: String]]) -> [[String]] {
      Set(values.flatMap(\.keys)).sorted().compactMap { key in
        let row = values.map { $0[key] ?? "" }
        guard Set(row).count > 1 else { return nil }
        return [HTML.text(key)] + row.map { HTML.text($0) }
      }
    }
    let parameters = rows(
      runs.map { run in
        run.parameters.merging(["seed": "\(run.seed)", "model": run.model]) { first, _ in first }
      })
    let metrics = rows(runs.map { $0.metrics.mapValues { Quantity.significant($0) } })
    let joined = PercentCoding.encoded(runs.map(\.run).joined(separator: ","))
    return ServicePage(
      title: "Compare runs", section: .runs,
      body: "<p><img class=\"curves\" alt=\"Curves of the runs over each other\" "
        + "src=\"/runs/\(joined)/curves.svg\"></p>"
        + HTML.table("Parameters that differ", headings, parameters)
        + HTML.table("Last values that differ", headings, metrics))
  }

  /// The curves of a run, or of several over each other, whose ids have commas between them.
  ///
  /// - Throws: `unknown_run`, `malformed_request` for too many.
  static func charts(ofRuns text: String, _ registry: Registry) throws -> [Chart] {
    let names = text.split(separator: ",").map(String.init)
    guard (1...maximumComparison).contains(names.count) else {
      throw RegistryError.malformed(
        "\(names.count) runs cannot be compared.", "run",
        remedy: "Name up to \(maximumComparison), with commas between them.")
    }
    let histories = try names.map {
      try registry.metrics(of: $0, key: nil, .thinned(points: 400))
    }
    guard histories.count > 1 else { return Chart.charts(of: histories[0]) }
    let keys = Set(histories.flatMap(\.curves.keys)).sorted()
    return keys.map { key in
      Chart(
        title: key,
        series: histories.compactMap { history in
          history.curves[key].map { points in
            Chart.Series(
              name: String(history.run.prefix(12)),
              points: points.map {
                Chart.Point(step: $0.step, value: $0.value.isFinite ? $0.value : nil)
              })
          }
        })
    }
  }

  /// A state, marked so that it is seen at once.
  static func state(_ state: String) -> String {
    "<span class=\"state \(HTML.text(state))\">\(HTML.text(state))</span>"
  }

  private static func figure(of run: RunSummary) -> String {
    ["test_accuracy", "best_validation_accuracy", "validation_accuracy", "accuracy"]
      .first { run.metrics[$0] != nil }.map { HTML.metric(run.metrics, $0) } ?? ""
  }
}
