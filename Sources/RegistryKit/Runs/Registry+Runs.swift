private import Catalog
package import Diagnostics

extension Registry {
  /// The newest runs.
  public func runs(limit: Int = 100) throws -> [RunSummary] {
    try catalog.runs(limit: limit, before: nil).map(summary)
  }

  /// A run by its id or a unique beginning of it.
  ///
  /// - Throws: `unknown_run`, `ambiguous_run`.
  public func run(_ id: String) throws -> RunSummary { try summary(of: try catalog.run(id)) }

  /// The metrics of a run, or of the run that made a model version.
  ///
  /// For a version that was imported or derived without training, and was evaluated, those of its
  /// newest evaluation.
  ///
  /// With a key, that metric only.
  ///
  /// - Throws: `unknown_model`, `unknown_run`, `no_metrics`, `unknown_metric`.
  public func metrics(of modelOrRun: String, key: String? = nil) throws -> MetricHistory {
    let (run, version) = try runOf(modelOrRun)
    let series = try catalog.metrics(of: run.id, key: nil)
    if let key, !series.contains(where: { $0.key == key }) {
      throw RegistryError(
        .unknownMetric, "The run \(run.id) has no metric \(key).", place: .subject(run.id),
        remedy: "It has: \(series.map(\.key).sorted().joined(separator: ", ")).")
    }
    let chosen = series.filter { key == nil || $0.key == key }
    return MetricHistory(
      run: run.id, model: run.model, version: version ?? run.produced?.version,
      metrics: Dictionary(
        uniqueKeysWithValues: chosen.map { series in
          (
            series.key,
            series.points.map { point in
              .init(
                step: point.step, value: point.value.isFinite ? point.value : nil,
                time: point.time.iso8601)
            }
          )
        }))
  }

  private func runOf(_ name: String) throws -> (run: RunRecord, version: Int?) {
    let record: ModelVersionRecord
    do {
      record = try catalog.modelVersion(try Reference(parsing: name))
    } catch let unknownModel as RegistryError where unknownModel.code.category == .notFound {
      do {
        return (try catalog.run(name), nil)
      } catch let unknownRun as RegistryError where unknownRun.code.category == .notFound {
        throw unknownModel
      }
    }
    if let id = record.runID { return (try catalog.runOrTombstone(id), record.version) }
    if let run = try catalog.runs(evaluating: record.id).first { return (run, record.version) }
    throw RegistryError(
      .noMetrics, "\(record.model)@\(record.version) was \(record.origin.rawValue), not trained.",
      place: .subject("\(record.model)@\(record.version)"),
      remedy: "Train it, or evaluate it on a dataset.")
  }

  private func summary(of record: RunRecord) throws -> RunSummary {
    // A process that was killed could not say so.
    let isLost = record.state == .running && HostDescription.isGone(record.host)
    let state: RunState = isLost ? .interrupted : record.state
    let annotations = try catalog.annotations(ofRun: record.id)
    return RunSummary(
      run: record.id, kind: record.kind.rawValue, state: state.rawValue, model: record.model,
      base: record.base.map { ModelName(model: $0.name, version: $0.version) },
      produced: record.produced.map { ModelName(model: $0.name, version: $0.version) },
      datasets: record.datasets.map { "\($0.name)@\($0.version)" },
      parameters: record.parameters,
      metrics: try catalog.lastMetrics(of: record.id).mapValues { $0.isFinite ? $0 : nil },
      seed: record.seed, startedAt: record.startedAt.iso8601, endedAt: record.endedAt?.iso8601,
      seconds: record.endedAt.map { $0.seconds(since: record.startedAt) }, host: record.host,
      program: record.program,
      message: record.message ?? (isLost ? "Its process ended without finishing it." : nil),
      tags: annotations.tags, note: annotations.note)
  }
}

extension Timestamp {
  /// The seconds from an earlier moment to this one.
  fileprivate func seconds(since start: Timestamp) -> Double {
    Double(microseconds - start.microseconds) / 1e6
  }
}

extension RegistryError.Code {
  /// A model version has no run, and so no metrics.
  package static let noMetrics = Self("no_metrics", .notFound)
  /// A run has no metric of that name.
  package static let unknownMetric = Self("unknown_metric", .notFound)
}
