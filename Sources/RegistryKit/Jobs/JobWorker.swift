private import Catalog
package import Diagnostics
private import Dispatch
private import Synchronization

/// Does jobs, one after the other, in this process.
package struct JobWorker: Sendable {
  private let registry: Registry
  /// Who this is, for example `anna@host 4711`.
  private let name: String
  /// How many threads a job has that does not say so itself.
  private let threads: Int?

  /// How often a worker says that it is there, and hears whether its job is to stop.
  private static let interval = DispatchTimeInterval.milliseconds(1_000)

  /// A worker of that name, which no other has.
  package init(_ registry: Registry, name: String, threads: Int? = nil) {
    self.registry = registry
    self.name = name
    self.threads = threads
  }

  /// Does the job that is next.
  ///
  /// When `stop` is set the job ends at its next safe point, and another worker goes on with it.
  ///
  /// - Returns: The job as it was left; `nil` when there is none to do.
  /// - Throws: What the catalogue reports. A job that fails is no error of its worker.
  package func doNext(
    progress: any ProgressObserver = SilentProgress(), stop: Cancellation
  ) throws -> JobSummary? {
    guard let (job, lease) = try registry.catalog.claimJob(worker: name) else { return nil }
    let work = JobAtWork(registry.catalog, lease, progress)
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "registry.worker"))
    timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
    timer.setEventHandler { work.report(isStopping: stop.isCancelled) }
    timer.resume()
    let ending = ending(of: job, work)
    timer.cancel()
    do {
      try registry.catalog.endLease(lease, ending)
    } catch let error as RegistryError where error.code == .leaseLost {
      // Somebody else took the job while this worker was silent: what it did is not the job's.
    }
    return JobSummary(try registry.catalog.job(job.id))
  }

  private func ending(of job: JobRecord, _ work: JobAtWork) -> JobEnding {
    do {
      return .finished(result: try perform(job, work).line)
    } catch {
      if let reason = work.reasonToStop, (error as? RegistryError)?.code == .interrupted {
        return reason
      }
      let failure =
        error as? RegistryError
        ?? RegistryError(
          .workerFailed, "The worker failed in a way that it does not know: \(error).",
          cause: error)
      return .failed(failure, mayRetry: failure.code.category.mayPass)
    }
  }

  private func perform(_ job: JobRecord, _ work: JobAtWork) throws -> JSONValue {
    let registry = try registry.working(onJob: job.id)
    func perform<Request: JobRequest>(_ type: Request.Type) throws -> JSONValue {
      let former = try job.runs.last.map { try registry.run($0) }
      if let former, former.state == RunState.finished.rawValue {
        // The attempt before died between its last two steps.
        return try JSONValue(encoding: FinishedRun(former))
      }
      let canGoOn = try former.map { try registry.catalog.checkpoint(of: $0.run) != nil } ?? false
      var request: Request
      do {
        request = try JobJSON.value(Request.self, from: job.request)
      } catch {
        throw RegistryError(
          .malformedRequest, "The request of the job \(job.id) cannot be read.",
          place: .subject("job \(job.id)"), remedy: "Submit it again.", cause: error)
      }
      request.threads = request.threads ?? threads
      return try JSONValue(
        encoding: request.perform(
          in: registry, goingOnWith: canGoOn ? former : nil, progress: work,
          cancellation: work.cancellation))
    }
    guard let type = JobKinds.all.first(where: { $0.kind == job.kind }) else {
      throw RegistryError(
        .unknownJobKind, "This program knows no job of the kind \(NameRule.shown(job.kind)).",
        place: .subject("job \(job.id)"), remedy: "Run a newer worker.")
    }
    return try perform(type)
  }
}

/// The kinds of jobs that there are.
package enum JobKinds {
  /// All of them.
  package static let all: [any JobRequest.Type] = [
    TrainJob.self, DeriveJob.self, EvaluateJob.self, CompareJob.self, ImportImagesJob.self,
    ImportModelJob.self, ImportArchiveJob.self, EditDatasetJob.self, CheckJob.self,
  ]
}

/// What is known of a job whose run ended well without its worker having said so.
private struct FinishedRun: Encodable {
  let run: String
  let model: String
  let version: Int?
  let metrics: [String: Double]

  init(_ run: RunSummary) {
    self.run = run.run
    model = run.produced?.model ?? run.model
    version = run.produced?.version ?? run.base?.version
    metrics = run.metrics
  }
}

/// A job at work: keeps the lease, writes down where the job stands, and hears whether it is to stop.
private final class JobAtWork: ProgressObserver {
  let cancellation = Cancellation()
  private let catalog: CatalogDatabase
  private let lease: JobLease
  private let observer: any ProgressObserver
  private let state = Mutex(State())

  private struct State {
    var latest: ProgressUpdate?
    var pace = JobPace()
    var reason: JobEnding?
  }

  init(_ catalog: CatalogDatabase, _ lease: JobLease, _ observer: any ProgressObserver) {
    self.catalog = catalog
    self.lease = lease
    self.observer = observer
  }

  /// Why the work was asked to stop; `nil` if it was not.
  var reasonToStop: JobEnding? { state.withLock { $0.reason } }

  func progress(_ update: ProgressUpdate) {
    state.withLock { $0.latest = update }
    observer.progress(update)
  }

  /// Says that the worker is there.
  func report(isStopping: Bool) {
    let progress = state.withLock { state in state.latest.map { state.pace.progress($0) } }
    let text = progress.flatMap { try? JSONValue(encoding: $0).line }
    do {
      if try catalog.renewLease(lease, progress: text) { stop(.cancelled) }
    } catch let error as RegistryError where error.code == .leaseLost {
      stop(.released)
    } catch {
      // A catalogue that is busy for a moment is asked again in a second; the lease lasts longer.
    }
    if isStopping { stop(.released) }
  }

  private func stop(_ reason: JobEnding) {
    state.withLock { if $0.reason == nil { $0.reason = reason } }
    cancellation.cancel()
  }
}

/// How fast an activity goes, over the last seconds.
private struct JobPace {
  private var activity = ""
  private var marks: [(time: ContinuousClock.Instant, completed: Int)] = []

  /// How many moments are looked back on.
  private static let markCount = 10

  mutating func progress(_ update: ProgressUpdate) -> JobProgress {
    if update.activity != activity || update.completed < (marks.last?.completed ?? 0) {
      (activity, marks) = (update.activity, [])
    }
    marks = marks.suffix(Self.markCount - 1) + [(.now, update.completed)]
    var rate: Double?
    if let first = marks.first, let last = marks.last, last.completed > first.completed {
      rate = Double(last.completed - first.completed) / (last.time - first.time).seconds
    }
    return JobProgress(
      activity: update.activity, completed: update.completed, total: update.total,
      unit: update.unit, detail: update.detail, rate: rate,
      secondsLeft: rate.flatMap { rate in
        update.total.map { Double(max(0, $0 - update.completed)) / rate }
      })
  }
}

extension RegistryError.Code {
  /// A job failed in a way that the program does not know.
  package static let workerFailed = Self("worker_failed", .internal)
  /// A job is of a kind that the program does not know.
  package static let unknownJobKind = Self("unknown_job_kind", .unavailable)
}

extension RegistryError.Category {
  /// Whether the same work may go well another time.
  fileprivate var mayPass: Bool {
    switch self {
    case .inputOutput, .busy, .unavailable, .interrupted: true
    case .usage, .notFound, .conflict, .cannotCreate, .badInput, .corrupt, .internal: false
    }
  }
}
