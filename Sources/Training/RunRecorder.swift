/// Somebody who keeps the metrics of a run: the catalogue, or a test.
package protocol RunRecorder: Sendable {
  /// Keeps values measured at a step.
  ///
  /// - Parameters:
  ///   - step: The epoch, from one.
  ///   - values: Metrics by name, for example `validation_loss`.
  /// - Throws: When they cannot be kept, which ends the run.
  func record(step: Int, _ values: [(key: String, value: Double)]) throws
}
