package import RegistryKit

/// Curves over the same axes.
package struct Chart: Equatable {
  /// What is drawn, for example `loss`.
  package var title: String
  /// What the horizontal axis counts.
  package var horizontal = "epoch"
  /// The curves; those of one split are drawn the same in every chart.
  package var series: [Series]

  package init(title: String, horizontal: String = "epoch", series: [Series]) {
    self.title = title
    self.horizontal = horizontal
    self.series = series
  }

  /// A curve.
  package struct Series: Equatable {
    /// The name in the legend.
    package var name: String
    /// The points from left to right; a value of `nil`, which is no number to draw, is a gap.
    package var points: [Point]

    package init(name: String, points: [Point]) {
      self.name = name
      self.points = points
    }

    /// The values that can be drawn.
    package var values: [Double] { points.compactMap(\.value) }
  }

  /// A value at a step.
  package struct Point: Equatable {
    package var step: Int
    package var value: Double?

    package init(step: Int, value: Double?) {
      self.step = step
      self.value = value
    }
  }

  /// The least and the greatest step.
  package var steps: ClosedRange<Int> {
    let steps = series.flatMap { $0.points.map(\.step) }
    guard let first = steps.min(), let last = steps.max() else { return 0...0 }
    return first...last
  }

  /// The least and the greatest value; `nil` without any.
  package var values: ClosedRange<Double>? {
    let values = series.flatMap(\.values)
    guard let least = values.min(), let greatest = values.max() else { return nil }
    return least...greatest
  }

  /// A chart for each metric, in which its training and validation values lie over each other.
  ///
  /// Loss comes first, accuracy second, then the others by name.
  package static func charts(of history: MetricHistory) -> [Chart] {
    var charts: [String: Chart] = [:]
    for (key, points) in history.curves.sorted(by: { $0.key < $1.key }) where !points.isEmpty {
      let (split, metric) = Self.parts(of: key)
      let series = Series(
        name: split ?? metric,
        points: points.map { Point(step: $0.step, value: $0.value.isFinite ? $0.value : nil) })
      charts[metric, default: Chart(title: metric, series: [])].series.append(series)
    }
    return charts.values.sorted { (rank($0.title), $0.title) < (rank($1.title), $1.title) }
  }

  private static func parts(of key: String) -> (split: String?, metric: String) {
    for split in ["train", "validation", "test"] where key.hasPrefix(split + "_") {
      return (split, String(key.dropFirst(split.count + 1)))
    }
    return (nil, key)
  }

  private static func rank(_ title: String) -> Int {
    title == "loss" ? 0 : title == "accuracy" ? 1 : 2
  }
}

extension MetricHistory {
  /// The metrics that were recorded over the epochs, without what a run records once at its end.
  package var curves: [String: [Point]] {
    let curves = metrics.filter {
      !$0.key.hasPrefix(Self.keptPrefix) && !$0.key.hasPrefix(Self.initialPrefix)
    }
    return curves.isEmpty ? metrics : curves
  }
}
