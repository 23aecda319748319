package import Catalog
private import Synchronization
private import Training

/// Gathers the metrics of a run and writes them in batches, so that a run of a thousand short
/// epochs does not wait for the disk a thousand times.
package final class MetricBuffer: RunRecorder {
  /// How long a metric may wait: what a crash can cost of a run that has not ended.
  private static let interval = Duration.milliseconds(500)

  private let catalog: CatalogDatabase
  private let run: String
  private let state: Mutex<State>

  private struct State {
    var pending: [MetricPoint] = []
    var lastWrite = ContinuousClock.now
    var step = 0
  }

  package init(_ catalog: CatalogDatabase, run: String) {
    self.catalog = catalog
    self.run = run
    state = Mutex(State())
  }

  package func record(step: Int, _ values: [(key: String, value: Double)]) throws {
    let now = Timestamp.now()
    let isDue = state.withLock { state in
      state.pending += values.map {
        MetricPoint(key: $0.key, step: step, value: $0.value, time: now)
      }
      state.step = step
      return ContinuousClock.now - state.lastWrite >= Self.interval
    }
    if isDue { try catalog.appendMetrics(takePending(), to: run) }
  }

  /// What was not written yet, which the caller writes.
  package func takePending() -> [MetricPoint] {
    state.withLock { state in
      defer { state = State(step: state.step) }
      return state.pending
    }
  }

  /// The newest step that was recorded, or zero.
  package var step: Int { state.withLock { $0.step } }
}
