internal import Presentation
internal import RegistryKit

extension ServicePage {
  /// How many findings of each kind a page shows, the worst first.
  private static let findingsPerKind = 12
  /// The longest result that a page shows as it is, in bytes.
  private static let maximumResultBytes = 50_000

  /// Jobs, the newest first.
  static func jobs(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    let list = try registry.jobs(
      state: call.given("state"), before: call.given("before").flatMap { Int($0) }, limit: 50)
    let rows = list.jobs.map { job in
      [
        HTML.link("jobs", "\(job.job)"), HTML.text(job.kind), state(job.state),
        "\(job.attempts)/\(job.maximumAttempts)", HTML.text(job.createdBy),
        Quantity.time(job.createdAt),
        HTML.text(
          job.error?.message ?? job.progress.map { "\($0.activity) \($0.completed)" } ?? ""),
      ]
    }
    return ServicePage(
      title: "Jobs", section: .jobs,
      body: rows.isEmpty
        ? "<p>There are none. A model's page has forms that begin some.</p>"
        : HTML.table(
          "Jobs", ["Job", "Kind", "State", ">Attempts", "By", "Submitted", ""], rows)
          + HTML.next(list.next.map { "/jobs?before=\($0)" }))
  }

  /// A job, which tells where it stands as long as it is at work.
  static func job(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    guard let number = Int(call.name) else {
      throw RegistryError.malformed("There is no such job.", "job", remedy: "Give a number.")
    }
    let job = try registry.job(number)
    let summary = job.summary
    let isOver = summary.endedAt != nil
    let live =
      isOver
      ? ""
      : """
      <section data-events="/api/v1/jobs/\(number)/events" aria-live="polite">
      <p><progress id="progress" max="1" aria-label="Progress"></progress>
      <span data-said>\(HTML.text(summary.state))</span></p>
      <form data-json="/api/v1/jobs/\(number)/cancel" data-next="/jobs/\(number)">
      <button type="submit">Stop</button><p role="alert" class="bad"></p></form></section>
      """
    let curves =
      summary.runs.last.map {
        "<p><img class=\"curves\"\(isOver ? "" : " data-live") alt=\"Curves of the metrics\" "
          + "src=\"/runs/\($0)/curves.svg\"></p>"
      }
      ?? (isOver
        ? "" : "<p><img class=\"curves\" data-live hidden alt=\"Curves of the metrics\"></p>")
    let events = HTML.table(
      "Events", ["Time", "Event", ""],
      job.events.map {
        [Quantity.time($0.time), HTML.text($0.kind), HTML.text($0.error?.message ?? "")]
      })
    let result = job.result["model"].flatMap { model -> String? in
      guard case .text(let name) = model, case .number(let version)? = job.result["version"] else {
        return nil
      }
      return HTML.link("models", "\(name)@\(version)")
    }
    return ServicePage(
      title: "Job \(number)", section: .jobs,
      body: HTML.list([
        ("Kind", HTML.text(summary.kind)), ("State", state(summary.state)),
        ("Made", result ?? ""),
        (
          "Runs",
          summary.runs.map { HTML.link("runs", $0, String($0.prefix(12))) }
            .joined(separator: ", ")
        ), ("Attempts", "\(summary.attempts) of \(summary.maximumAttempts)"),
        ("Submitted", "\(Quantity.time(summary.createdAt)) by \(HTML.text(summary.createdBy))"),
        ("Failure", summary.error.map { HTML.text($0.message) } ?? ""),
        ("What to do", summary.error?.remedy.map { HTML.text($0) } ?? ""),
      ]) + live + curves + findings(of: job)
        + "<details><summary>Request and result</summary><pre>\(HTML.text(job.request.line))\n\n"
        + "\(pre(job.result))</pre></details>" + events)
  }

  /// What a check found, with pictures.
  private static func findings(of job: JobDetails) -> String {
    guard job.summary.kind == CheckJob.kind, job.result != .null,
      let result = try? JobJSON.value(CheckResult.self, from: job.result.line)
    else { return "" }
    return CheckFindings(result, limit: findingsPerKind) { "/thumbnails/\($0)" }.text
  }

  /// A document, for people; one that is long is for programs.
  private static func pre(_ value: JSONValue) -> String {
    guard value != .null else { return "" }
    let text = value.text
    guard text.utf8.count <= maximumResultBytes else {
      return "The result is long: ask for it at /api/v1/jobs."
    }
    return text.split(separator: "\n").map { HTML.text($0) }.joined(separator: "\n")
  }

  /// What the registry takes on the disk, and what sharing saves.
  static func storage(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    let report = try registry.storage(limit: 200)
    func row(_ name: String, _ use: StorageUse, _ versions: String) -> [String] {
      [
        name, versions, Quantity.bytes(use.ownBytes), Quantity.bytes(use.sharedBytes),
        Quantity.bytes(use.separateBytes), use.ratio.map { Quantity.fixed($0, 1) } ?? "",
      ]
    }
    let models = HTML.table(
      "Models", ["Model", ">Versions", ">Own", ">Shared", ">As separate files", ">Ratio"],
      report.models.map { row(HTML.link("models", $0.model), $0.use, Quantity.count($0.versions)) }
        + [row("all", report.total, "")])
    let objects = HTML.table(
      "On the disk", ["Kind", ">Number", ">Bytes"],
      [
        ("images", report.objects.images), ("packs of tensors", report.objects.packs),
        ("checkpoints", report.objects.checkpoints), ("cache", report.objects.cache),
      ].map { [$0.0, Quantity.count($0.1.count), Quantity.bytes($0.1.bytes)] })
    return ServicePage(title: "Storage", section: .storage, body: objects + models)
  }
}
