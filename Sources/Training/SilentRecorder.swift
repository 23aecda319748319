/// Somebody who keeps no metrics: for fits whose epochs are not those of a run.
package struct SilentRecorder: RunRecorder {
  package init() {}
  package func record(step: Int, _ values: [(key: String, value: Double)]) {}
}
