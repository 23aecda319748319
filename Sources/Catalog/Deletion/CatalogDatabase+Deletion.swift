private import Diagnostics
import GRDB

extension CatalogDatabase {
  /// Deletes things until they are restored or collected: all that is asked, or nothing.
  ///
  /// Rows and bytes stay. What is deleted is not found by its name and stands in no list.
  ///
  /// `isGone` says of the machine and process of a run whether that process has ended.
  ///
  /// - Throws: `has_descendants`, `alias_in_the_way`, `run_is_running`, `deleted`, and that there is
  ///   no such thing.
  /// - Complexity: O(what is deleted and what descends from it).
  package func delete(
    _ request: DeletionRequest, isGone: ([String: String]) -> Bool
  ) throws -> DeletedSubjects {
    try write { database in
      var rows = DeletionRows()
      for subject in request.subjects { try database.add(subject, to: &rows) }
      let descendants = try database.descendants(of: rows)
      if request.includesDescendants {
        rows.modelVersions.formUnion(descendants)
      } else if !request.isForced {
        try database.requireNoDescendants(of: rows, descendants)
      }
      let aliases = try database.aliases(of: rows.modelVersions)
      if let alias = aliases.first, !request.isForced { throw Database.inTheWay(alias) }
      for run in rows.runs { try database.requireEnded(run, isGone) }

      let now = Timestamp.now()
      let deletion = try database.insert(
        "INSERT INTO deletions (deleted_at, deleted_by) VALUES (?, ?)",
        [now.microseconds, request.user])
      for alias in aliases {
        try database.removeAlias(
          alias.name, model: alias.modelID, from: alias.version.id, at: now, by: request.user)
      }
      for id in rows.modelVersions.sorted() {
        try database.change(
          "INSERT INTO deleted_model_versions (version_id, deletion_id) VALUES (?, ?)",
          [id, deletion])
      }
      for id in rows.datasetVersions.sorted() {
        try database.change(
          "INSERT INTO deleted_dataset_versions (version_id, deletion_id) VALUES (?, ?)",
          [id, deletion])
      }
      for id in rows.runs.sorted() {
        try database.change(
          "INSERT INTO deleted_runs (run_id, deletion_id) VALUES (?, ?)", [id, deletion])
      }
      var subjects = try database.named(rows)
      subjects.aliases = aliases.map { "\($0.version.name)@\($0.name)" }
      return subjects
    }
  }
}

/// An alias that points to something that is to be deleted.
private struct PointingAlias {
  let name: String
  let modelID: Int64
  let version: NamedVersion
}

extension Database {
  /// Adds the rows that a name means and that are not deleted.
  fileprivate func add(_ name: SubjectName, to rows: inout DeletionRows) throws {
    let subject = try subject(name)
    switch subject.kind {
    case .model:
      rows.modelVersions.formUnion(
        try all(
          """
          SELECT id FROM model_versions WHERE model_id = ? AND NOT EXISTS (
            SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = model_versions.id)
          """, [subject.id]
        ) { try $0.next(Int64.self) })
    case .dataset:
      rows.datasetVersions.formUnion(
        try all(
          """
          SELECT id FROM dataset_versions WHERE dataset_id = ? AND NOT EXISTS (
            SELECT 1 FROM deleted_dataset_versions AS gone
            WHERE gone.version_id = dataset_versions.id)
          """, [subject.id]
        ) { try $0.next(Int64.self) })
    case .modelVersion: rows.modelVersions.insert(subject.id)
    case .datasetVersion: rows.datasetVersions.insert(subject.id)
    case .run: rows.runs.insert(subject.id)
    }
  }

  /// The model versions that are not deleted and were made from something in the rows, at first or
  /// second hand, without those in the rows.
  fileprivate func descendants(of rows: DeletionRows) throws -> Set<Int64> {
    var seen = rows.modelVersions
    var pending = Array(rows.modelVersions)
    func add(_ sql: String, _ id: Int64) throws {
      let found = try all(sql, [id]) { try $0.next(Int64.self) }
      pending += found.filter { seen.insert($0).inserted }
    }
    for dataset in rows.datasetVersions {
      try add(
        "SELECT version_id FROM model_version_datasets WHERE dataset_version_id = ?", dataset)
      try add(
        """
        SELECT model_versions.id FROM run_datasets
        JOIN model_versions ON model_versions.run_id = run_datasets.run_id
        WHERE run_datasets.dataset_version_id = ?
        """, dataset)
    }
    for run in rows.runs { try add("SELECT id FROM model_versions WHERE run_id = ?", run) }
    // A deleted version may have children that are not.
    while let version = pending.popLast() {
      try add("SELECT id FROM model_versions WHERE base_id = ?", version)
    }
    return try seen.subtracting(rows.modelVersions).filter {
      try number("SELECT 1 FROM deleted_model_versions WHERE version_id = ?", [$0]) == nil
    }
  }

  fileprivate func requireNoDescendants(
    of rows: DeletionRows, _ descendants: Set<Int64>
  ) throws {
    guard !descendants.isEmpty else { return }
    let names = try descendants.sorted().prefix(3).map { try modelVersionName($0).description }
    let more = descendants.count > names.count ? " and \(descendants.count - names.count) more" : ""
    let subject = try named(rows)
    let first =
      subject.modelVersions.first?.description
      ?? subject.datasetVersions.first.map { "the dataset \($0)" }
      ?? subject.runs.first.map { "the run \($0.prefix(12))" } ?? ""
    let count = rows.modelVersions.count + rows.datasetVersions.count + rows.runs.count
    let verb = descendants.count == 1 ? "descends" : "descend"
    throw RegistryError(
      .hasDescendants,
      "\(names.joined(separator: ", "))\(more) \(verb) from "
        + (count > 1 ? "what is to be deleted." : "\(first)."),
      place: .subject(first),
      remedy: "Delete them too with --with-descendants, or keep them with --force: they lose "
        + "nothing that they need.")
  }

  fileprivate func aliases(of versions: Set<Int64>) throws -> [PointingAlias] {
    try versions.sorted().flatMap { version in
      let found = try all(
        "SELECT name, model_id FROM aliases WHERE version_id = ? ORDER BY name", [version]
      ) { (name: try $0.next(String.self), model: try $0.next(Int64.self)) }
      return try found.map {
        PointingAlias(
          name: $0.name, modelID: $0.model, version: try modelVersionName(version))
      }
    }
  }

  fileprivate static func inTheWay(_ alias: PointingAlias) -> RegistryError {
    let model = alias.version.name
    return RegistryError(
      .aliasInTheWay, "The alias \(model)@\(alias.name) points to \(alias.version).",
      place: .subject("\(model)@\(alias.name)"),
      remedy: "Point it elsewhere with `registry alias \(model)@N \(alias.name)`, remove it with "
        + "`registry alias \(model) --remove \(alias.name)`, or pass --force, which removes it.")
  }

  fileprivate func requireEnded(_ run: Int64, _ isGone: ([String: String]) -> Bool) throws {
    guard try isGoingOn(run, isGone) else { return }
    let name = try runName(run)
    throw RegistryError(
      .runIsRunning, "The run \(name) is going on.", place: .subject(name),
      remedy: "Wait for its end, or stop its process first.")
  }

  /// Whether a run is going on, as far as can be known.
  func isGoingOn(_ run: Int64, _ isGone: ([String: String]) -> Bool) throws -> Bool {
    let host = try first(
      """
      SELECT documents.content FROM runs JOIN documents ON documents.id = runs.host_id
      WHERE runs.id = ? AND runs.state = 'running'
      """, [run]
    ) { try $0.next(String.self) }
    guard let host else { return false }
    return !isGone(try HostDescription.values(from: host))
  }

  /// The names of rows, the oldest first.
  func named(_ rows: DeletionRows) throws -> DeletedSubjects {
    DeletedSubjects(
      modelVersions: try rows.modelVersions.sorted().map(modelVersionName),
      datasetVersions: try rows.datasetVersions.sorted().map(datasetVersionName),
      runs: try rows.runs.sorted().map(runName))
  }
}
