private import Glibc

/// A shift of each feature and one factor for all, under which a head is fitted.
///
/// Fitted features have a mean of zero and a mean square of one, as the usual first weights and
/// step sizes assume. The head itself stays a plain layer on the
/// features as they come: ``folded(_:plan:)`` moves shift and factor into its weights.
struct FeatureScaling: Sendable {
  /// What is taken off each feature.
  let mean: [Float]
  /// What the rest is multiplied with.
  let factor: Float

  /// Leaves features as they are.
  init(featureCount: Int) {
    mean = [Float](repeating: 0, count: featureCount)
    factor = 1
  }

  /// The scaling that fits some rows.
  ///
  /// It shifts only if it `centers`, which takes a head with a bias.
  init(fitting data: LabelledFeatures, centers: Bool) {
    let width = data.featureCount
    var sums = [Double](repeating: 0, count: width)
    for row in 0..<data.count {
      for index in 0..<width { sums[index] += Double(data.features[row * width + index]) }
    }
    let mean = sums.map { centers ? Float($0 / Double(max(data.count, 1))) : 0 }
    var square = 0.0
    for row in 0..<data.count {
      for index in 0..<width {
        let rest = Double(data.features[row * width + index]) - Double(mean[index])
        square += rest * rest
      }
    }
    self.mean = mean
    let length = (square / Double(max(data.features.count, 1))).squareRoot()
    // Rows that are all equal have no scale; what rounding leaves of it must not blow up.
    let size = mean.reduce(0) { max($0, abs(Double($1))) }
    factor = length > 1e-6 * size && length > 0 ? Float(1 / length) : 1
  }

  /// Writes scaled features of a row.
  func apply(_ row: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    for index in mean.indices { target[index] = (row[index] - mean[index]) * factor }
  }

  /// Parameters for features as they come, from parameters for scaled ones.
  func folded(_ parameters: [Float], plan: HeadPlan) -> [Float] {
    changing(parameters, plan: plan, weightFactor: factor, shiftSign: -1)
  }

  /// Parameters for scaled features, from parameters for features as they come.
  func unfolded(_ parameters: [Float], plan: HeadPlan) -> [Float] {
    changing(parameters, plan: plan, weightFactor: 1 / factor, shiftSign: 1)
  }

  private func changing(
    _ parameters: [Float], plan: HeadPlan, weightFactor: Float, shiftSign: Double
  ) -> [Float] {
    var result = parameters
    guard let first = plan.firstLinear else { return result }
    for output in 0..<first.outWidth {
      let row = first.weight + output * first.inWidth
      var shift = 0.0
      for index in 0..<first.inWidth {
        // The shift goes with the weights of the features as they come.
        let raw = shiftSign < 0 ? parameters[row + index] * factor : parameters[row + index]
        shift += Double(raw) * Double(mean[index])
        result[row + index] = parameters[row + index] * weightFactor
      }
      if let bias = first.bias {
        result[bias + output] = Float(Double(parameters[bias + output]) + shiftSign * shift)
      }
    }
    return result
  }
}
