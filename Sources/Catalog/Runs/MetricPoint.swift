/// A measured number.
package struct MetricPoint: Hashable, Sendable {
  /// What the names of metrics begin with that a training run records once, at its end: those of
  /// the weights that it kept.
  package static let keptPrefix = "best_"
  /// How numbers are written that decimal digits cannot express.
  package static let nonFinite: [String: Double] = [
    "NaN": .nan, "Infinity": .infinity, "-Infinity": -.infinity,
  ]

  /// The name of the metric, for example `validation_accuracy`.
  package var key: String
  /// The epoch or batch.
  package var step: Int
  /// The number; NaN and infinities come back as they are, only -0 as 0.
  package var value: Double
  /// When it was measured.
  package var time: Timestamp

  /// A number at a step.
  package init(key: String, step: Int, value: Double, time: Timestamp = .now()) {
    self.key = key
    self.step = step
    self.value = value
    self.time = time
  }
}

/// The history of a metric of a run.
package struct MetricSeries: Hashable, Sendable {
  /// The name of the metric.
  package let key: String
  /// The points in the order of their steps.
  package let points: [MetricPoint]

  /// The points of a metric, in the order of their steps.
  package init(key: String, points: [MetricPoint]) {
    self.key = key
    self.points = points
  }
}
