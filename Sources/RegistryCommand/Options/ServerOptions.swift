internal import ArgumentParser
internal import Diagnostics
private import Dispatch
internal import RegistryClient
internal import RegistryKit
private import Synchronization

/// Where a command's work is done.
struct ServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Let the service at this address do it, as a job, with its registry; the variable REGISTRY_TOKEN \
      has the token if one is needed.
      """, valueName: "url"))
  var server: String?

  /// What a job comes to that a service does; `nil` when the work is to be done here.
  func result<Answer: Decodable & Sendable>(
    of request: some JobRequest, as type: Answer.Type, _ global: GlobalOptions
  ) throws -> (answer: Answer, json: JSONValue)? {
    guard let server else { return nil }
    let client = ServiceClient(
      try ServiceAddress(server), token: Terminal.environment("REGISTRY_TOKEN"))
    let json = try global.work { progress, cancellation in
      try Self.waiting {
        try await client.result(
          of: request,
          submitted: { job in
            if !global.quiet, !global.json { Terminal.tell("Job \(job) at \(server)\n") }
          }, progress: progress, cancellation: cancellation)
      }
    }
    return (try JobJSON.value(type, from: json.line), json)
  }

  /// Waits for what goes on elsewhere.
  private static func waiting<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) throws -> Value {
    let outcome = Mutex<Result<Value, any Error>?>(nil)
    let finished = DispatchSemaphore(value: 0)
    Task {
      let result: Result<Value, any Error>
      do {
        result = .success(try await body())
      } catch {
        result = .failure(error)
      }
      outcome.withLock { $0 = result }
      finished.signal()
    }
    finished.wait()
    guard let result = outcome.withLock({ $0 }) else {
      preconditionFailure("what has finished has an outcome")
    }
    return try result.get()
  }
}
