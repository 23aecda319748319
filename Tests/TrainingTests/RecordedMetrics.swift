import Synchronization

@testable import Training

/// Keeps what a fit records.
final class RecordedMetrics: RunRecorder {
  private let entries = Mutex<[(step: Int, values: [String: Double])]>([])

  func record(step: Int, _ values: [(key: String, value: Double)]) throws {
    entries.withLock {
      $0.append((step, Dictionary(uniqueKeysWithValues: values.map { ($0.key, $0.value) })))
    }
  }

  var steps: [Int] { entries.withLock { $0.map(\.step) } }

  func series(_ key: String) -> [Double] {
    entries.withLock { $0.compactMap { $0.values[key] } }
  }
}
