private import Catalog
public import Diagnostics
private import FileSystem
private import Glibc

extension Registry {
  /// The longest name of a metric or a parameter, and the longest value of a parameter, in bytes.
  private static let maximumNameBytes = 250
  private static let maximumParameterBytes = 6000
  /// How many points of a file are written at once.
  private static let pointsPerBatch = 1000

  /// Begins a run that another program does; it is running until ``endRun(_:_:message:)``.
  ///
  /// - Throws: `malformed_name`, `unknown_model` for the base, `unknown_dataset`,
  ///   `malformed_request` for a kind or a name that cannot be.
  public func beginRun(_ request: LoggedRunRequest) throws -> LogResult {
    try NameRule.check(request.model, "model")
    guard let kind = RunKind(rawValue: request.kind) else {
      throw RegistryError(
        .malformedRequest, "There is no kind of run \(request.kind).", place: .subject("--kind"),
        remedy: "Use train or evaluate.")
    }
    try checkParameters(request.parameters)
    let base = try request.base.map { try catalog.modelVersion(try Reference(parsing: $0)) }
    let datasets = try request.datasets.map {
      try catalog.datasetVersion(try Reference(parsing: $0)).id
    }
    // The process that logs is not the one that computes: that it is gone says nothing.
    var host = HostDescription.current(threads: nil)
    host["process"] = nil
    host["threads"] = nil
    let run = try catalog.beginRun(
      RunDraft(
        kind: kind, model: request.model, baseID: base?.id, datasetVersionIDs: datasets,
        parameters: request.parameters, seed: request.seed, host: host,
        program: ProgramVersion.text))
    return LogResult(run: run.id, model: run.model, state: run.state.rawValue, points: 0)
  }

  /// Adds numbers to the history of a run; they are on the disk when the call returns.
  ///
  /// A number for a step that has one replaces it. Many points in one call cost one flush of the
  /// disk: batches of a thousand are stored at hundreds of thousands a second.
  ///
  /// - Throws: `unknown_run`, `run_ended` unless the run is going on, `malformed_request` for a name
  ///   that cannot be; nothing is stored then.
  /// - Complexity: O(points).
  @discardableResult
  public func log(_ metrics: [LoggedMetric], to run: String) throws -> LogResult {
    var known: Set<String> = []
    for metric in metrics where known.insert(metric.key).inserted {
      try Self.checkName(metric.key, "metric")
    }
    let now = Timestamp.now()
    let stored = try catalog.logMetrics(
      metrics.map {
        MetricDraft(
          key: $0.key, step: $0.step, value: $0.value,
          time: $0.time.map(Timestamp.init(microseconds:)) ?? now)
      }, to: run)
    return LogResult(
      run: stored.id, model: stored.model, state: stored.state.rawValue, points: metrics.count)
  }

  /// Adds parameters to a run that is going on.
  ///
  /// - Throws: `unknown_run`, `run_ended`, `malformed_request`; `parameter_exists` when one has
  ///   another value already, and none is added.
  public func setParameters(_ parameters: [String: String], of run: String) throws {
    try checkParameters(parameters)
    try catalog.addParameters(parameters, to: run)
  }

  /// Lets a run go on that was interrupted or that failed.
  ///
  /// - Throws: `unknown_run`; `run_ended` when it is finished.
  public func resumeRun(_ run: String) throws -> LogResult {
    let record = try catalog.resumeRun(run)
    return LogResult(run: record.id, model: record.model, state: record.state.rawValue, points: 0)
  }

  /// Ends a run that another program does, or one whose process died.
  ///
  /// - Throws: `unknown_run`; `run_ended` when it is finished; `run_is_running` when a process of
  ///   this machine is computing it.
  public func endRun(
    _ run: String, _ end: LoggedRunEnd = .finished, message: String? = nil
  ) throws -> LogResult {
    let record = try catalog.run(run)
    if record.state == .running, let process = record.host["process"],
      !HostDescription.isGone(record.host)
    {
      throw RegistryError(
        .runIsRunning, "The run \(record.id) is computed by process \(process).",
        place: .subject(record.id), remedy: "Stop that process; it ends its run itself.")
    }
    let state: RunState =
      switch end {
      case .finished: .finished
      case .failed: .failed
      case .interrupted: .interrupted
      }
    try catalog.endRun(RunCompletion(run: record.id, state: state, message: message))
    return LogResult(run: record.id, model: record.model, state: state.rawValue, points: 0)
  }

  /// Adds the points of a file of JSON Lines, or of standard input if the path is `-`.
  ///
  /// A file is checked as a whole before anything of it is stored. What comes through standard input
  /// is stored as it comes: when a line breaks the rules, those before it stay.
  ///
  /// The run is named by its id or a unique beginning of it.
  ///
  /// - Returns: The run, and how many points were stored.
  /// - Throws: `bad_metric_file` with the line, `no_such_file`, `line_too_long`, `unknown_run`,
  ///   `run_ended`, `interrupted`.
  /// - Complexity: O(points) in time; memory does not grow with their number.
  public func log(
    fileOfMetrics path: String, to run: String,
    progress: any ProgressObserver = SilentProgress(), cancellation: Cancellation = Cancellation()
  ) throws -> LogResult {
    guard path != "-" else {
      return try log(
        LineReader(descriptor: STDIN_FILENO, path: "standard input"), "standard input", to: run,
        progress: progress, cancellation: cancellation)
    }
    let checked = try OpenedFile(path: path)
    var reader = LineReader(descriptor: checked.descriptor, path: path)
    while let line = try reader.next() {
      for metric in try MetricLine(line, at: reader.lineNumber, path).metrics {
        try Self.checkName(metric.key, "metric")
      }
    }
    let file = try OpenedFile(path: path)
    return try log(
      LineReader(descriptor: file.descriptor, path: path), path, to: run, progress: progress,
      cancellation: cancellation)
  }

  private func log(
    _ reader: consuming LineReader, _ path: String, to run: String,
    progress: any ProgressObserver, cancellation: Cancellation
  ) throws -> LogResult {
    var reader = reader
    var pending: [LoggedMetric] = []
    var result = try log([], to: run)
    func store() throws {
      result.points += try log(pending, to: result.run).points
      pending.removeAll(keepingCapacity: true)
      progress.progress(
        ProgressUpdate("Logging \(path)", completed: result.points, total: nil, unit: "points"))
    }
    while let line = try reader.next() {
      guard !cancellation.isCancelled else {
        throw RegistryError(
          .interrupted, "Logging \(path) was stopped.", place: .file(path),
          remedy: "The first \(result.points) points are stored; log the rest again.")
      }
      do {
        pending += try MetricLine(line, at: reader.lineNumber, path).metrics
      } catch {
        try store()
        throw error
      }
      // A program that logs through a pipe wants to see its points before it writes the next.
      if pending.count >= Self.pointsPerBatch || !reader.hasLine { try store() }
    }
    if !pending.isEmpty { try store() }
    return result
  }

  private static func checkName(_ name: String, _ subject: String) throws {
    let hasControls = name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f }
    guard !name.isEmpty, name.utf8.count <= maximumNameBytes, !hasControls else {
      throw RegistryError(
        .malformedRequest,
        "\(NameRule.shown(name)) cannot name a \(subject).", place: .subject(subject),
        remedy: "Use 1 to \(maximumNameBytes) bytes without control characters.")
    }
  }

  private func checkParameters(_ parameters: [String: String]) throws {
    for (name, value) in parameters {
      try Self.checkName(name, "parameter")
      guard value.utf8.count <= Self.maximumParameterBytes else {
        throw RegistryError(
          .malformedRequest,
          "The value of the parameter \(NameRule.shown(name)) has \(value.utf8.count) bytes.",
          place: .subject("--param"),
          remedy: "Use at most \(Self.maximumParameterBytes) bytes.")
      }
    }
  }
}
