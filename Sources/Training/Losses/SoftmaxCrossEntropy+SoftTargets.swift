private import Glibc

extension SoftmaxCrossEntropy {
  /// The sum of the class weights of soft targets `[N, K]`, `Σ w[k] t[n, k]`, which the mean divides
  /// by.
  package func totalWeight(ofTargets targets: UnsafeBufferPointer<Float>) -> Double {
    var total = 0.0
    for index in targets.indices {
      total += Double(classWeights[index % classWeights.count]) * Double(targets[index])
    }
    return total
  }

  /// The mean loss of soft targets, and its gradient.
  ///
  /// For logits `z` of a row with targets `t` that add up to one, smoothing `ε`, `K` labels and
  /// class weights `w`:
  ///
  ///     loss = Σ w[k] ((1 - ε) t[k] + ε / K) (-log p[k]),   p = softmax(z)
  ///
  /// and the mean divides by `Σ w[k] t[k]` over the rows. Where each row's target is one label, all
  /// this is PyTorch's `CrossEntropyLoss` of labels; where all weights are one, that of
  /// probabilities. With both soft targets and weights PyTorch divides by the number of rows
  /// instead.
  ///
  /// - Parameters:
  ///   - logits: `[N, K]`.
  ///   - targets: `[N, K]`, without smoothing.
  ///   - meanOver: what the mean divides by, when the rows are part of a larger batch; by default
  ///     ``totalWeight(ofTargets:)`` of these.
  ///   - gradient: `[N, K]`: becomes the gradient of the mean with respect to the logits.
  /// - Returns: the sums over the rows; `objective` divided by `weight` is the mean loss. A row
  ///   counts as correct when its likeliest label is the one with the largest target.
  package func lossAndGradient(
    logits: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>,
    meanOver: Double? = nil, gradient: UnsafeMutableBufferPointer<Float>
  ) -> LossSums {
    precondition(
      logits.count == targets.count && gradient.count >= logits.count, "as many targets as logits")
    let labelCount = classWeights.count
    let total = meanOver ?? totalWeight(ofTargets: targets)
    // Without a weight there is nothing to learn.
    let scale = total > 0 ? 1 / total : 0
    var sums = LossSums()
    for start in stride(from: 0, to: logits.count, by: labelCount) {
      addRow(
        UnsafeBufferPointer(rebasing: logits[start..<start + labelCount]),
        UnsafeBufferPointer(rebasing: targets[start..<start + labelCount]), scale: scale,
        gradient: UnsafeMutableBufferPointer(rebasing: gradient[start..<start + labelCount]),
        to: &sums)
    }
    return sums
  }

  private func addRow(
    _ z: UnsafeBufferPointer<Float>, _ targets: UnsafeBufferPointer<Float>, scale: Double,
    gradient: UnsafeMutableBufferPointer<Float>, to sums: inout LossSums
  ) {
    let (winner, largest) = largestElement(z)
    var sum = 0.0
    for index in z.indices {
      let exponential = exp(z[index] - largest)
      gradient[index] = exponential
      sum += Double(exponential)
    }
    let logSum = log(sum)
    let kept = 1 - Double(labelSmoothing)
    let spread = Double(labelSmoothing) / Double(z.count)
    var weighted = 0.0
    for index in z.indices {
      let weight = Double(classWeights[index])
      let negativeLogProbability = Double(largest) - Double(z[index]) + logSum
      let share = weight * Double(targets[index])
      let smoothed = kept * share + spread * weight
      sums.weight += share
      weighted += smoothed
      // An infinite loss of a label that does not count is not one.
      if share > 0 { sums.crossEntropy += share * negativeLogProbability }
      if smoothed > 0 { sums.objective += smoothed * negativeLogProbability }
    }
    for index in z.indices {
      let weight = Double(classWeights[index])
      let smoothed = kept * weight * Double(targets[index]) + spread * weight
      gradient[index] = Float(scale * (weighted * (Double(gradient[index]) / sum) - smoothed))
    }
    sums.rows += 1
    if winner == largestElement(targets).index { sums.correct += 1 }
  }
}

/// The first of the largest elements.
private func largestElement(_ values: UnsafeBufferPointer<Float>) -> (index: Int, value: Float) {
  var largest = (index: 0, value: values[0])
  for index in values.indices where values[index] > largest.value {
    largest = (index, values[index])
  }
  return largest
}
