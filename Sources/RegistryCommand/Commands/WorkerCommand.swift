internal import ArgumentParser
private import Glibc
internal import RegistryKit
internal import RegistryService

/// The subcommand `registry worker`.
struct WorkerCommand: NetworkCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Do the jobs that were submitted to the service, as they come.",
    discussion: """
      Each job runs in a process of its own, so that a crash ends that job alone; it is begun anew, \
      where it has a checkpoint from there, until its attempts are spent. `registry serve` has workers \
      of its own; this command adds some, or does the jobs without a service. Ctrl-C or `kill` lets \
      jobs stop at a safe point, for another worker to go on. Prints the job with --once --json.

      Examples:
        registry worker
        registry worker --jobs 2 --memory-limit 4096
        registry worker --once
      """)

  @Flag(help: "Do one job in this process, if there is one to do, and end.")
  var once = false

  @Option(help: "How many jobs are done at once.")
  var jobs = 1

  @Option(help: "Threads of each job. (default: an equal share of the cores)")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "How much memory a job may take, in MiB. (default: no limit)", valueName: "MiB"))
  var memoryLimit: Int?

  @Option(
    help: ArgumentHelp(
      "The name by which the worker is known. (default: the user, the host and the process)",
      valueName: "name"))
  var name: String?

  @OptionGroup var global: GlobalOptions

  var computes: Bool { once }

  mutating func validate() throws {
    for (value, option) in [(jobs, "--jobs"), (threads ?? 1, "--threads")] where value < 1 {
      throw ValidationError("\(option) must be at least 1, not \(value).")
    }
    if let memoryLimit, !(64...(1 << 30)).contains(memoryLimit) {
      throw ValidationError("--memory-limit must be at least 64 MiB, not \(memoryLimit).")
    }
    if once, jobs != 1 { throw ValidationError("--jobs has no effect with --once.") }
    if !once, name != nil { throw ValidationError("--name has an effect with --once only.") }
  }

  func run() throws {
    let limit = memoryLimit.map { $0 << 20 }
    guard once else {
      let pool = WorkerPool(
        folder: try global.folder(), count: jobs, threads: threads, memoryLimit: limit)
      return try global.work { _, stop in try pool.run(until: stop) }
    }
    if let limit {
      var bounds = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
      setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &bounds)
    }
    let worker = JobWorker(
      try global.open(), name: name ?? "\(HostDescription.user) \(getpid())", threads: threads)
    let job = try global.work { progress, stop in
      try worker.doNext(progress: progress, stop: stop)
    }
    try global.show(["job": job]) { style in
      job.map { JobSummary.report([$0], style) } ?? "There is nothing to do.\n"
    }
  }
}
