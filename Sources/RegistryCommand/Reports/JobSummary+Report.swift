internal import Presentation
internal import RegistryKit

extension JobSummary {
  /// Jobs in a list, for people.
  static func report(_ jobs: [JobSummary], _ style: Style) -> String {
    if jobs.isEmpty { return "There are no jobs.\n" }
    var table = Table("job", "kind", "state", "priority", "attempts", "submitted", "by", "")
    for job in jobs {
      table.add(
        .init("\(job.job)", .heading), .init(job.kind), .init(job.state, job.role),
        .init("\(job.priority)"), .init("\(job.attempts)/\(job.maximumAttempts)"),
        .init(Quantity.time(job.createdAt)), .init(job.createdBy), .init(job.situation))
    }
    return table.text(style)
  }

  fileprivate var role: Style.Role {
    switch state {
    case "finished": .good
    case "failed": .bad
    case "running": .first
    default: .plain
    }
  }

  /// Where it stands in a few words.
  fileprivate var situation: String {
    if let progress {
      let total = progress.total.map { " of \($0)" } ?? ""
      return "\(progress.activity) \(progress.completed)\(total) \(progress.unit)"
    }
    if let error { return error.message }
    if state == "waiting", !needs.isEmpty {
      return "needs \(needs.map(String.init).joined(separator: ", "))"
    }
    return ""
  }
}

extension JobDetails {
  /// A job, for people.
  func report(_ style: Style) -> String {
    var text = JobSummary.report([summary], style)
    text += "\n" + style("request", .heading) + " \(request.line.safeForTerminal)\n"
    if result != .null {
      let lines = result.text.split(separator: "\n").map { String($0).safeForTerminal }
      text += style("result", .heading) + " " + lines.joined(separator: "\n") + "\n"
    }
    if let error = summary.error, let remedy = error.remedy {
      text += style("try", .heading) + " \(remedy.safeForTerminal)\n"
    }
    if !summary.runs.isEmpty {
      text += style("runs", .heading) + " \(summary.runs.joined(separator: ", "))\n"
    }
    var table = Table("time", "event", "")
    for event in events {
      table.add(
        .init(Quantity.time(event.time)), .init(event.kind), .init(event.error?.message ?? ""))
    }
    return text + "\n" + table.text(style)
  }
}
