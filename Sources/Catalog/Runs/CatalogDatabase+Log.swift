package import Diagnostics
import GRDB

/// A number that is to be added to the history of a run.
package struct MetricDraft: Hashable, Sendable {
  /// The name of the metric.
  package var key: String
  /// The epoch or batch; the one after the metric's last if not given, from 1.
  package var step: Int?
  /// The number.
  package var value: Double
  /// When it was measured.
  package var time: Timestamp

  /// A number.
  package init(key: String, step: Int?, value: Double, time: Timestamp) {
    self.key = key
    self.step = step
    self.value = value
    self.time = time
  }
}

extension RegistryError.Code {
  /// A run was told another value of a parameter before.
  package static let parameterExists = Self("parameter_exists", .conflict)
}

extension CatalogDatabase {
  /// Adds points to the history of a run; they are on the disk when the call returns.
  ///
  /// - Returns: The run.
  /// - Throws: `unknown_run`; `run_ended` unless the run is going on.
  /// - Complexity: O(points); one flush of the disk whatever their number.
  package func logMetrics(_ drafts: [MetricDraft], to run: String) throws -> RunRecord {
    guard !drafts.isEmpty else {
      return try read { try $0.run(id: try $0.runningRunID(run)) }
    }
    return try write { database in
      let id = try database.runningRunID(run)
      var next: [String: Int] = [:]
      var points: [MetricPoint] = []
      points.reserveCapacity(drafts.count)
      for draft in drafts {
        let step: Int
        if let given = draft.step {
          step = given
          if let known = next[draft.key] { next[draft.key] = max(known, Self.after(given)) }
        } else {
          step = try next[draft.key] ?? database.stepAfterLast(of: draft.key, ofRun: id, points)
          next[draft.key] = Self.after(step)
        }
        points.append(
          MetricPoint(key: draft.key, step: step, value: draft.value, time: draft.time))
      }
      try database.append(points, toRun: id)
      return try database.run(id: id)
    }
  }

  /// Adds parameters to a run that is going on; those that it has with the same value may be among
  /// them.
  ///
  /// - Throws: `unknown_run`, `run_ended`, `parameter_exists`; nothing is added then.
  package func addParameters(_ parameters: [String: String], to run: String) throws {
    try write { database in
      let id = try database.runningRunID(run)
      for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
        let known = try database.first(
          """
          SELECT run_parameters.value FROM parameter_names
          JOIN run_parameters ON run_parameters.name_id = parameter_names.id
          WHERE parameter_names.name = ? AND run_parameters.run_id = ?
          """, [name, id]
        ) { try $0.next(String.self) }
        if let known {
          guard known == value else {
            throw RegistryError(
              .parameterExists,
              "The parameter \(NameRule.shown(name)) of the run is \(NameRule.shown(known)) already.",
              place: .subject(run), remedy: "Begin another run for another value.")
          }
          continue
        }
        try database.insertParameter(name, value, ofRun: id)
      }
    }
  }

  private static func after(_ step: Int) -> Int { step == .max ? step : step + 1 }
}

extension Database {
  /// The step after the last of a metric, counting points that are not stored yet; 1 if there is
  /// none.
  fileprivate func stepAfterLast(
    of key: String, ofRun id: Int64, _ pending: [MetricPoint]
  ) throws -> Int {
    let stored = try number(
      """
      SELECT metric_series.last_step FROM metric_keys
      JOIN metric_series ON metric_series.key_id = metric_keys.id
      WHERE metric_keys.name = ? AND metric_series.run_id = ?
      """, [key, id]
    ).map(Int.init)
    let steps = pending.filter { $0.key == key }.map(\.step) + [stored].compactMap { $0 }
    guard let last = steps.max(), last < .max else { return steps.isEmpty ? 1 : .max }
    return last + 1
  }

  /// Stores a parameter of a run.
  func insertParameter(_ name: String, _ value: String, ofRun id: Int64) throws {
    let nameID = try interned(
      find: "SELECT id FROM parameter_names WHERE name = ?",
      insert: "INSERT INTO parameter_names (name) VALUES (?)", name)
    try change(
      "INSERT INTO run_parameters (run_id, name_id, value) VALUES (?, ?, ?)",
      [id, nameID, try value.withoutNull()])
  }
}
