internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry jobs`.
struct JobsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "List what the service was asked to do, show a job, or stop one.",
    discussion: """
      Jobs wait in the registry until a worker does them: those with a higher priority first, then the \
      oldest. A job keeps its state, its runs, its result and what went wrong for good. One that is \
      stopped at work ends at its next safe point.

      Examples:
        registry jobs
        registry jobs --state running
        registry jobs 17
        registry jobs 17 --cancel
      """)

  @Argument(help: "The number of a job.")
  var job: Int?

  @Option(help: "Only jobs in this state.")
  var state: State?

  @Option(help: "The most jobs.")
  var limit = 50

  @Option(help: ArgumentHelp("Only jobs before this one.", valueName: "job"))
  var before: Int?

  @Flag(help: "Stop the job.")
  var cancel = false

  @OptionGroup var global: GlobalOptions

  /// Where a job stands.
  enum State: String, ExpressibleByArgument, CaseIterable {
    case waiting, running, finished, failed, cancelled
  }

  mutating func validate() throws {
    if cancel, job == nil { throw ValidationError("Name the job to stop.") }
    if job != nil, state != nil || before != nil {
      throw ValidationError("--state and --before have an effect on lists only.")
    }
    if !(1...10_000).contains(limit) {
      throw ValidationError("--limit must be from 1 to 10000, not \(limit).")
    }
  }

  func run() throws {
    let registry = try global.open()
    if let job {
      if cancel { _ = try registry.cancelJob(job) }
      let details = try registry.job(job)
      return try global.show(json: details.document()) { details.report($0) }
    }
    let list = try registry.jobs(state: state?.rawValue, before: before, limit: limit)
    try global.show(list) { JobSummary.report(list.jobs, $0) }
    if let next = list.next { global.suggest("registry jobs --before \(next)") }
  }
}
