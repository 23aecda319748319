import Networks
import Tensors

/// Passes of a head over rows of features: the loss, and the loss with its gradient.
///
/// Rows go through in blocks, so that memory does not grow with the data. Not `Sendable`.
final class HeadPasses {
  let plan: HeadPlan
  let loss: LabelLoss
  private let workspace: HeadWorkspace

  init(plan: HeadPlan, loss: LabelLoss, blockRows: Int = 256) {
    self.plan = plan
    self.loss = loss
    workspace = HeadWorkspace(plan: plan, capacity: blockRows)
  }

  /// The loss of all rows in evaluation mode.
  ///
  /// - Throws: ``FitInterruption`` when `isCancelled` says so.
  func evaluate(
    _ data: LabelledFeatures, scaling: FeatureScaling, parameters: UnsafePointer<Float>,
    isCancelled: () -> Bool
  ) throws(FitInterruption) -> LossSums {
    var sums = LossSums()
    var generator: RandomGenerator?
    for start in stride(from: 0, to: data.count, by: workspace.capacity) {
      guard !isCancelled() else { throw FitInterruption() }
      let rows = min(workspace.capacity, data.count - start)
      for row in 0..<rows { load(start + row, of: data, as: row, scaling: scaling) }
      workspace.forward(rows: rows, parameters: parameters, generator: &generator)
      loss.add(
        logits: workspace.logits, images: Array(start..<start + rows), in: data.targets,
        meanOver: nil, to: &sums)
    }
    return sums
  }

  /// Adds the gradient of the mean loss of the rows in `order` to `gradient`.
  ///
  /// The generator draws the dropout; without one there is none.
  ///
  /// - Returns: The sums of the loss over those rows, before any parameter changes.
  /// - Throws: ``FitInterruption`` when `isCancelled` says so.
  func addGradient(
    of data: LabelledFeatures, order: ArraySlice<Int>, scaling: FeatureScaling,
    parameters: UnsafePointer<Float>, generator: inout RandomGenerator?,
    to gradient: UnsafeMutablePointer<Float>, isCancelled: () -> Bool
  ) throws(FitInterruption) -> LossSums {
    var sums = LossSums()
    let total = loss.totalWeight(of: order, in: data.targets)
    // Rows of classes without weight have no gradient.
    let meanOver = total > 0 ? total : 1
    for start in stride(from: order.startIndex, to: order.endIndex, by: workspace.capacity) {
      guard !isCancelled() else { throw FitInterruption() }
      let rows = min(workspace.capacity, order.endIndex - start)
      for row in 0..<rows { load(order[start + row], of: data, as: row, scaling: scaling) }
      workspace.forward(rows: rows, parameters: parameters, generator: &generator)
      loss.add(
        logits: workspace.logits, images: Array(order[start..<start + rows]), in: data.targets,
        meanOver: meanOver, to: &sums)
      workspace.backward(rows: rows, parameters: parameters, to: gradient)
    }
    return sums
  }

  private func load(
    _ source: Int, of data: LabelledFeatures, as row: Int, scaling: FeatureScaling
  ) {
    let width = data.featureCount
    data.features.withUnsafeBufferPointer { features in
      guard let base = features.baseAddress else { return }
      scaling.apply(base + source * width, to: workspace.features + row * width)
    }
  }
}
