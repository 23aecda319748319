package import Diagnostics
package import RegistryKit

extension ServiceClient {
  /// Submits a job and follows it to its end.
  ///
  /// `submitted` hears its number. When `cancellation` is set the job is stopped.
  ///
  /// - Returns: What the job came to: the answer of its command.
  /// - Throws: What was wrong with the request, why the job failed, `interrupted`.
  package func result(
    of request: some JobRequest, submitted: (Int) -> Void = { _ in },
    progress: any ProgressObserver = SilentProgress(), cancellation: Cancellation = Cancellation()
  ) async throws -> JSONValue {
    let members = try JSONValue(encoding: request).members.filter { $0.value != .null }
    let summary = try await post("/api/v1/jobs/\(type(of: request).kind)", .object(members))
    guard case .number(let digits)? = summary["job"], let job = Int(digits) else {
      throw RegistryError(
        .serviceUnreachable, "The service does not say which job it is.",
        remedy: "Make sure that it is a registry's.")
    }
    submitted(job)
    let canceller = Task {
      while !cancellation.isCancelled { try await Task.sleep(for: .milliseconds(200)) }
      _ = try await post("/api/v1/jobs/\(job)/cancel", .object([]))
    }
    defer { canceller.cancel() }
    try await events("/api/v1/jobs/\(job)/events") { name, data in
      if name == "progress" {
        let known = try JobJSON.value(JobProgress.self, from: data.line)
        progress.progress(
          ProgressUpdate(
            known.activity, completed: known.completed, total: known.total, unit: known.unit,
            detail: known.detail))
      }
      return true
    }
    let details = try await get("/api/v1/jobs/\(job)")
    if let result = details["result"], result != .null { return result }
    if let error = details["error"], error != .null {
      let answer = try JobJSON.value(ErrorAnswer.self, from: error.line)
      throw RegistryError(
        RegistryError.Code(answer.code, .unavailable), answer.message,
        place: answer.place.map { .subject($0) } ?? .subject("job \(job)"), remedy: answer.remedy)
    }
    throw RegistryError(
      .interrupted, "The job \(job) was stopped.", place: .subject("job \(job)"),
      remedy: "Submit it again if it is to be done.")
  }
}
