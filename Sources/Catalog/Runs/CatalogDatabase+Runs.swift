package import Diagnostics
private import FoundationEssentials
import GRDB

extension RegistryError.Code {
  /// There is no run of that name.
  package static let unknownRun = Self("unknown_run", .notFound)
  /// Several runs begin with those digits.
  package static let ambiguousRun = Self("ambiguous_run", .usage)
  /// The run is over: it takes no more metrics, checkpoints or ends.
  package static let runEnded = Self("run_ended", .conflict)
}

extension CatalogDatabase {
  /// Begins a run.
  ///
  /// - Throws: `deleted` when what it is to work with was deleted meanwhile.
  package func beginRun(_ draft: RunDraft) throws -> RunRecord {
    try write { database in
      if let base = draft.baseID { try database.requireLive(modelVersion: base) }
      for id in draft.datasetVersionIDs { try database.requireLive(datasetVersion: id) }
      let now = Timestamp.now()
      var generator = SystemRandomNumberGenerator()
      let identifier = RunIdentifier(at: now, using: &generator)
      let id = try database.insert(
        """
        INSERT INTO runs (identifier, kind, state, model, base_id, seed, host_id, program,
          started_at)
        VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?)
        """,
        [
          Data(identifier.bytes), draft.kind.rawValue, draft.model, draft.baseID, draft.seed,
          try database.documentID(HostDescription.text(draft.host)), draft.program,
          now.microseconds,
        ])
      try database.addDatasets(draft.datasetVersionIDs, toRun: id)
      try database.addParameters(draft.parameters, toRun: id)
      if let job = draft.job { try database.addJob(job, toRun: id) }
      return try database.run(id: id)
    }
  }

  /// Ends a run that is not finished, with its last metrics.
  ///
  /// - Throws: `unknown_run`; `run_ended` when it is finished.
  package func endRun(_ completion: RunCompletion) throws {
    try write { try $0.end(completion) }
  }

  /// Lets a run go on that was interrupted, that failed, or whose process died; on another machine if
  /// `host` says so.
  ///
  /// - Throws: `unknown_run`; `run_ended` when it is finished; `deleted`.
  package func resumeRun(
    _ identifier: String, host: [String: String]? = nil
  ) throws -> RunRecord {
    try write { database in
      _ = try database.liveRunID(identifier)
      let id = try database.unfinishedRunID(identifier)
      try database.change(
        """
        UPDATE runs SET state = 'running', ended_at = NULL, message = NULL,
          host_id = coalesce(?, host_id)
        WHERE id = ?
        """,
        [try host.map { try database.documentID(HostDescription.text($0)) }, id])
      return try database.run(id: id)
    }
  }

  /// A run by its identifier or the first digits of it.
  ///
  /// - Throws: `unknown_run`, `ambiguous_run`, `deleted`.
  package func run(_ identifierOrPrefix: String) throws -> RunRecord {
    try read { try $0.run(id: try $0.liveRunID(identifierOrPrefix)) }
  }

  /// A run by its identifier, also one that is deleted: that of a number stays known.
  ///
  /// - Throws: `unknown_run`.
  package func runOrTombstone(_ identifier: String) throws -> RunRecord {
    try read { try $0.run(id: try $0.runID(identifier)) }
  }

  /// The runs in these rows, in this order, with what lists show of them.
  ///
  /// The number of statements does not depend on that of the runs.
  ///
  /// - Complexity: O(answer).
  package func runs(_ ids: [Int64]) throws -> [RunListing] {
    try read { database in
      let metrics = try database.grouped(
        """
        SELECT page.value, metric_keys.name, metric_series.last_value
        FROM json_each(?1) AS page
        CROSS JOIN metric_series ON metric_series.run_id = page.value
        JOIN metric_keys ON metric_keys.id = metric_series.key_id
        """, [RowNumbers.text(ids)]
      ) { (try $0.next(String.self), try $0.next(Double?.self) ?? .nan) }
      let annotations = try database.annotations(of: .run, ids)
      return zip(ids, try database.runs(ids: ids)).map { id, run in
        RunListing(
          run: run, metrics: Dictionary(metrics[id] ?? []) { first, _ in first },
          annotations: annotations[id] ?? Annotations())
      }
    }
  }

  /// The row of a run that is not deleted, by its identifier or the first digits of it.
  ///
  /// - Throws: `unknown_run`, `ambiguous_run`, `deleted`.
  package func liveRunRow(_ identifierOrPrefix: String) throws -> Int64 {
    try read { try $0.liveRunID(identifierOrPrefix) }
  }

  /// The row of a run by its identifier or the first digits of it, also of one that is deleted.
  ///
  /// - Throws: `unknown_run`, `ambiguous_run`.
  package func runRow(_ identifierOrPrefix: String) throws -> Int64 {
    try read { try $0.runID(identifierOrPrefix) }
  }

  /// The machines of the runs that are noted as running, by their rows.
  package func machinesOfRunningRuns() throws -> [(row: Int64, host: [String: String])] {
    try read { database in
      try database.all(
        """
        SELECT runs.id, documents.content
        FROM runs JOIN documents ON documents.id = runs.host_id WHERE runs.state = 'running'
        """
      ) { (try $0.next(), try HostDescription.values(from: try $0.next())) }
    }
  }

  /// The evaluations of a model version that are not deleted, newest first.
  package func runs(
    evaluating modelVersionID: Int64, limit: Int = .max
  ) throws -> [RunRecord] {
    try read { database in
      try database.runs(
        ids: database.all(
          """
          SELECT id FROM runs WHERE base_id = ? AND kind = 'evaluate' AND NOT EXISTS (
            SELECT 1 FROM deleted_runs AS gone WHERE gone.run_id = runs.id)
          ORDER BY id DESC LIMIT ?
          """, [modelVersionID, limit]
        ) { try $0.next() })
    }
  }
}

extension Database {
  /// Notes which dataset versions a run reads.
  func addDatasets(_ datasets: [Int64], toRun id: Int64) throws {
    for (position, dataset) in datasets.enumerated() {
      try change(
        """
        INSERT INTO run_datasets (run_id, position, dataset_version_id) VALUES (?, ?, ?)
        """, [id, position, dataset])
    }
  }

  /// Notes what a run was told.
  func addParameters(_ parameters: [String: String], toRun id: Int64) throws {
    for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
      try insertParameter(name, value, ofRun: id)
    }
  }

  /// The row of a run that is not deleted, by its identifier or the first digits of it.
  func liveRunID(_ prefix: String) throws -> Int64 {
    let id = try runID(prefix)
    guard let state = try deletion(ofRun: id) else { return id }
    let name = try runName(id)
    throw deleted("run", name, state, restoring: "--run \(name.prefix(12))")
  }

  /// The row of a run by its identifier or the first digits of it, also of one that is deleted.
  func runID(_ prefix: String) throws -> Int64 {
    let unknown = RegistryError(
      .unknownRun, "There is no run \(prefix.prefix(64)).",
      place: .subject(String(prefix.prefix(64))), remedy: "List the runs with `registry runs`.")
    guard let range = RunIdentifier.range(ofPrefix: prefix) else { throw unknown }
    let matches = try all(
      "SELECT id, identifier FROM runs WHERE identifier BETWEEN ? AND ? ORDER BY identifier LIMIT 6",
      [Data(range.first), Data(range.last)]
    ) { (id: try $0.next(Int64.self), identifier: try $0.nextRunIdentifier()) }
    guard let match = matches.first else { throw unknown }
    guard matches.count == 1 else {
      let names = matches.prefix(5).map(\.identifier).joined(separator: ", ")
      throw RegistryError(
        .ambiguousRun,
        "Several runs begin with \(prefix): \(names)\(matches.count > 5 ? "…" : "").",
        place: .subject(prefix), remedy: "Give more digits.")
    }
    return match.id
  }

  /// The row of a run that may still change.
  func unfinishedRunID(_ identifier: String) throws -> Int64 {
    let id = try runID(identifier)
    let state = try first("SELECT state FROM runs WHERE id = ?", [id]) {
      try $0.nextCase(RunState.self)
    }
    guard state != .finished else { throw Self.ended(identifier, .finished) }
    return id
  }

  /// The row of a run that is going on.
  func runningRunID(_ identifier: String) throws -> Int64 {
    let id = try runID(identifier)
    let state = try first("SELECT state FROM runs WHERE id = ?", [id]) {
      try $0.nextCase(RunState.self)
    }
    guard let state, state == .running else { throw Self.ended(identifier, state ?? .failed) }
    return id
  }

  private static func ended(_ identifier: String, _ state: RunState) -> RegistryError {
    let resumable = state != .finished
    return RegistryError(
      .runEnded, "The run \(identifier) is \(state.rawValue).", place: .subject(identifier),
      remedy: resumable
        ? "Let it go on with `registry train --resume \(identifier)`, or with "
          + "`registry log \(identifier) --resume` if another program does it."
        : "Start another run.")
  }

  /// Writes the last metrics of a run, and its end.
  func end(_ completion: RunCompletion) throws {
    precondition(completion.state != .running, "a run does not end by running")
    let id = try unfinishedRunID(completion.run)
    try append(completion.metrics, toRun: id)
    try append(completion.predictions, toRun: id)
    try change(
      "UPDATE runs SET state = ?, ended_at = ?, message = ? WHERE id = ?",
      [completion.state.rawValue, Timestamp.now().microseconds, completion.message, id])
  }

  func run(id: Int64) throws -> RunRecord {
    guard let record = try runs(ids: [id]).first else {
      throw CatalogDamage(description: "run \(id) is missing")
    }
    return record
  }

  /// The runs in these rows, in this order.
  func runs(ids: [Int64]) throws -> [RunRecord] {
    let page = RowNumbers.text(ids)
    let datasets = try grouped(
      """
      SELECT page.value, dataset_versions.id, datasets.name, dataset_versions.version
      FROM json_each(?1) AS page
      CROSS JOIN run_datasets ON run_datasets.run_id = page.value
      JOIN dataset_versions ON dataset_versions.id = run_datasets.dataset_version_id
      JOIN datasets ON datasets.id = dataset_versions.dataset_id
      ORDER BY page.key, run_datasets.position
      """, [page]
    ) { try $0.nextNamedVersion() }
    let parameters = try grouped(
      """
      SELECT page.value, parameter_names.name, run_parameters.value
      FROM json_each(?1) AS page
      CROSS JOIN run_parameters ON run_parameters.run_id = page.value
      JOIN parameter_names ON parameter_names.id = run_parameters.name_id
      """, [page]
    ) { (try $0.next(String.self), try $0.next(String.self)) }
    let documents = DocumentCache()
    return try all(
      """
      SELECT runs.id, runs.identifier, runs.kind, runs.state, runs.model, base.id,
        base_models.name, base.version, made.id, made_models.name, made.version, runs.seed,
        runs.host_id, runs.program, runs.started_at, runs.ended_at, runs.message
      FROM json_each(?1) AS page
      CROSS JOIN runs ON runs.id = page.value
      LEFT JOIN model_versions AS base ON base.id = runs.base_id
      LEFT JOIN models AS base_models ON base_models.id = base.model_id
      LEFT JOIN model_versions AS made ON made.run_id = runs.id
      LEFT JOIN models AS made_models ON made_models.id = made.model_id
      ORDER BY page.key
      """, [page]
    ) {
      let id: Int64 = try $0.next()
      return RunRecord(
        id: try $0.nextRunIdentifier(), kind: try $0.nextCase(), state: try $0.nextCase(),
        model: try $0.next(), base: try $0.nextOptionalNamedVersion(),
        produced: try $0.nextOptionalNamedVersion(), datasets: datasets[id] ?? [],
        parameters: Dictionary(parameters[id] ?? []) { first, _ in first },
        seed: try $0.next(),
        host: try HostDescription.values(from: documents.content($0.next(), self)),
        program: try $0.next(), startedAt: try $0.nextTimestamp(),
        endedAt: try $0.nextOptionalTimestamp(),
        message: try $0.next())
    }
  }
}

/// The machine of a run as a JSON object of texts.
enum HostDescription {
  static func text(_ values: [String: String]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(values), as: UTF8.self)
  }

  static func values(from text: String) throws -> [String: String] {
    do {
      return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    } catch {
      throw CatalogDamage(description: "the host of a run is no JSON object of texts")
    }
  }
}
