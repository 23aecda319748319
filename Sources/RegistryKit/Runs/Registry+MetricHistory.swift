private import Catalog
package import Diagnostics

extension Registry {
  /// The metrics of a run, or of the run that made a model version.
  ///
  /// For a version that was imported or derived without training, and was evaluated, those of its
  /// newest evaluation.
  ///
  /// With a key, that metric only.
  ///
  /// - Throws: `unknown_model`, `unknown_run`, `no_metrics`, `unknown_metric`, `malformed_request`
  ///   for a page without points.
  /// - Complexity: O(points that are returned) in memory; thinning looks at every point once.
  public func metrics(
    of modelOrRun: String, key: String? = nil, _ range: HistoryRange = .all
  ) throws -> MetricHistory {
    let (run, version) = try runOf(modelOrRun)
    let keys = try catalog.metricKeys(of: run.id)
    if let key, !keys.contains(key) {
      throw RegistryError(
        .unknownMetric, "The run \(run.id) has no metric \(key).", place: .subject(run.id),
        remedy: keys.isEmpty
          ? "It has none." : "It has: \(keys.prefix(20).joined(separator: ", ")).")
    }
    var series: [MetricSeries]
    var next: Int?
    switch range {
    case .all: series = try catalog.metrics(of: run.id, key: key)
    case .thinned(let points):
      guard points >= 4 else { throw Self.malformed("--points", "at least 4 points") }
      series = try catalog.metrics(of: run.id, key: key, .thinned(points: points))
    case .page(let afterStep, let limit):
      guard limit > 0 else { throw Self.malformed("--limit", "at least one point") }
      series = try catalog.metrics(
        of: run.id, key: key, .page(afterStep: afterStep, limit: min(limit, .max - 1) + 1))
      // All metrics are told up to the same step, so that one number says where to go on.
      next = series.filter { $0.points.count > limit }.map { $0.points[limit - 1].step }.min()
      if let next {
        series = series.map { series in
          MetricSeries(key: series.key, points: series.points.filter { $0.step <= next })
        }
      }
    }
    return MetricHistory(
      run: run.id, model: run.model, version: version ?? run.produced?.version,
      metrics: Dictionary(
        uniqueKeysWithValues: series.map { series in
          (
            series.key,
            series.points.map {
              .init(step: $0.step, value: $0.value, time: $0.time.iso8601)
            }
          )
        }), next: next)
  }

  private static func malformed(_ option: String, _ need: String) -> RegistryError {
    RegistryError(
      .malformedRequest, "A history needs \(need).", place: .subject(option),
      remedy: "Ask for more.")
  }

  private func runOf(_ name: String) throws -> (run: RunRecord, version: Int?) {
    let reference = try Reference(parsing: name)
    guard try catalog.modelExists(reference.name) else {
      do {
        return (try catalog.run(name), nil)
      } catch let unknownRun as RegistryError where unknownRun.code.category == .notFound {
        // What models have like names is more than what runs have.
        _ = try catalog.modelVersion(reference)
        throw unknownRun
      }
    }
    let record = try catalog.modelVersion(reference)
    if let id = record.runID { return (try catalog.runOrTombstone(id), record.version) }
    if let run = try catalog.runs(evaluating: record.id, limit: 1).first {
      return (run, record.version)
    }
    throw RegistryError(
      .noMetrics, "\(record.model)@\(record.version) was \(record.origin.rawValue), not trained.",
      place: .subject("\(record.model)@\(record.version)"),
      remedy: "Train it, or evaluate it on a dataset.")
  }
}

extension RegistryError.Code {
  /// A model version has no run, and so no metrics.
  package static let noMetrics = Self("no_metrics", .notFound)
  /// A run has no metric of that name.
  package static let unknownMetric = Self("unknown_metric", .notFound)
}
