internal import CoreMetrics
private import Synchronization

/// What the parts of the service count and measure, in the text format of Prometheus (exposition
/// format, version 0.0.4).
final class PrometheusMetrics: MetricsFactory, Sendable {
  private let families = Mutex<[String: Family]>([:])

  /// The upper bounds of a histogram's buckets, in seconds.
  static let bounds: [Double] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60,
  ]

  private struct Family {
    let kind: String
    /// By their labels as they are written.
    var series: [String: Series] = [:]
  }

  /// The text of everything that was counted, sorted by names.
  var text: String {
    let families = families.withLock { $0 }
    return families.sorted { $0.key < $1.key }.map { name, family in
      "# TYPE \(name) \(family.kind)\n"
        + family.series.sorted { $0.key < $1.key }.map { labels, series in
          series.text(name, labels)
        }.joined()
    }.joined()
  }

  /// A line of a number that is asked for when it is told.
  static func gauge(_ name: String, _ labels: [(String, String)], _ value: Double) -> String {
    "\(name)\(braced(self.labels(labels))) \(value)\n"
  }

  private func series(
    _ label: String, _ dimensions: [(String, String)], _ kind: String, suffix: String
  ) -> Series {
    let name = Self.name(label) + suffix
    let labels = Self.labels(dimensions)
    return families.withLock { families in
      if let known = families[name]?.series[labels] { return known }
      let series = Series(isHistogram: kind == "histogram")
      families[name, default: Family(kind: kind)].series[labels] = series
      return series
    }
  }

  // MARK: MetricsFactory

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    series(label, dimensions, "counter", suffix: "_total")
  }

  func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    series(label, dimensions, "counter", suffix: "_total")
  }

  func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    series(label, dimensions, "gauge", suffix: "")
  }

  func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    series(label, dimensions, aggregate ? "histogram" : "gauge", suffix: "")
  }

  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    series(label, dimensions, "histogram", suffix: "_seconds")
  }

  // What was counted once is told until the service ends.
  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  func destroyMeter(_ handler: any MeterHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}

  // MARK: Text

  /// A name after Prometheus's rules.
  private static func name(_ label: String) -> String {
    String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  private static func labels(_ dimensions: [(String, String)]) -> String {
    dimensions.map { key, value in
      let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        .replacing("\n", with: "\\n")
      return "\(name(key))=\"\(escaped)\""
    }.joined(separator: ",")
  }

  fileprivate static func braced(_ labels: String...) -> String {
    let given = labels.filter { !$0.isEmpty }
    return given.isEmpty ? "" : "{\(given.joined(separator: ","))}"
  }
}

/// A number, or how often numbers lay in which range.
private final class Series: CounterHandler, FloatingPointCounterHandler, MeterHandler,
  RecorderHandler, TimerHandler, Sendable
{
  private struct State {
    /// The number itself, or the sum of all that were recorded.
    var value = 0.0
    var count = 0
    var buckets: [Int]
  }

  private let state: Mutex<State>
  private let isHistogram: Bool

  init(isHistogram: Bool) {
    self.isHistogram = isHistogram
    let buckets = [Int](repeating: 0, count: isHistogram ? PrometheusMetrics.bounds.count : 0)
    state = Mutex(State(buckets: buckets))
  }

  func text(_ name: String, _ labels: String) -> String {
    let state = state.withLock { $0 }
    guard isHistogram else {
      return "\(name)\(PrometheusMetrics.braced(labels)) \(state.value)\n"
    }
    var text = ""
    var count = 0
    for (bound, bucket) in zip(PrometheusMetrics.bounds, state.buckets) {
      count += bucket
      text += "\(name)_bucket\(PrometheusMetrics.braced(labels, "le=\"\(bound)\"")) \(count)\n"
    }
    text += "\(name)_bucket\(PrometheusMetrics.braced(labels, "le=\"+Inf\"")) \(state.count)\n"
    text += "\(name)_sum\(PrometheusMetrics.braced(labels)) \(state.value)\n"
    text += "\(name)_count\(PrometheusMetrics.braced(labels)) \(state.count)\n"
    return text
  }

  func increment(by amount: Int64) { increment(by: Double(amount)) }
  func increment(by amount: Double) { state.withLock { $0.value += amount } }
  func decrement(by amount: Double) { increment(by: -amount) }
  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { state.withLock { $0.value = value } }
  func reset() { set(0.0) }
  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    guard isHistogram else { return set(value) }
    state.withLock { state in
      state.value += value
      state.count += 1
      if let index = PrometheusMetrics.bounds.firstIndex(where: { value <= $0 }) {
        state.buckets[index] += 1
      }
    }
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) * 1e-9) }
}
