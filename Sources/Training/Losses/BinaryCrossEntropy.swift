private import Glibc

/// The probabilities `1 / (1 + exp(-z))` of independent labels.
package func sigmoid(_ logits: ArraySlice<Float>) -> [Float] {
  logits.map { z in
    // The exponent is never positive, so that nothing overflows.
    let e = exp(-abs(z))
    return z < 0 ? e / (1 + e) : 1 / (1 + e)
  }
}

/// Binary cross-entropy of the sigmoids of logits, as PyTorch's `BCEWithLogitsLoss` with
/// `pos_weight`.
///
/// For a logit `z`, its target `t` in `0...1`, smoothing `ε` and the positive weight `w` of the label:
///
///     loss = w s (-log p) + (1 - s) (-log (1 - p)),   p = 1 / (1 + exp(-z)),   s = (1 - ε) t + ε / 2
///
/// A row's loss is the mean over its labels; the mean over rows is then that of all logits.
package struct BinaryCrossEntropy: Sendable {
  /// How much an image that has the label counts beside one that has not, for each label.
  package let positiveWeights: [Float]
  /// The share of the target that is drawn to one half, in `0..<1`.
  package let labelSmoothing: Float

  package init(positiveWeights: [Float], labelSmoothing: Float) {
    self.positiveWeights = positiveWeights
    self.labelSmoothing = labelSmoothing
  }

  /// Weights that let the images with a label count as much as those without: `(N - n[k]) / n[k]`
  /// for a label that `n[k]` of `N` rows have; one for a label that no row or every row has.
  package static func balancedWeights(outputs: [[Int]], labelCount: Int) -> [Float] {
    var counts = [Int](repeating: 0, count: labelCount)
    for row in outputs { for output in row { counts[output] += 1 } }
    return counts.map {
      $0 == 0 || $0 == outputs.count ? 1 : Float(outputs.count - $0) / Float($0)
    }
  }

  /// Adds rows to `sums`, and writes the gradient of their mean with respect to the logits.
  ///
  /// - Parameters:
  ///   - logits: `[N, K]`.
  ///   - targets: `[N, K]`, without smoothing.
  ///   - meanOver: what the mean divides by: how many rows there are, or more when these are part of
  ///     a larger batch.
  ///   - gradient: `[N, K]`, may be the logits themselves; `nil` for the loss alone.
  ///   - sums: get the loss with positive weights and smoothing (`objective`), that without smoothing
  ///     (`crossEntropy`) and the number of rows. A row is correct when each of its labels is on the
  ///     right side of one half.
  package func add(
    logits: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>, meanOver: Double,
    gradient: UnsafeMutableBufferPointer<Float>?, to sums: inout LossSums
  ) {
    precondition(logits.count == targets.count, "as many targets as logits")
    let labelCount = positiveWeights.count
    let scale = meanOver > 0 ? 1 / (meanOver * Double(labelCount)) : 0
    for start in stride(from: 0, to: logits.count, by: labelCount) {
      var (objective, crossEntropy, isCorrect) = (0.0, 0.0, true)
      for label in 0..<labelCount {
        let index = start + label
        let z = Double(logits[index])
        let target = Double(targets[index])
        let weight = Double(positiveWeights[label])
        let smoothed =
          (1 - Double(labelSmoothing)) * target + Double(labelSmoothing) / 2
        let rest = log1p(exp(-abs(z)))
        // -log p and -log (1 - p)
        let (positive, negative) = (max(-z, 0) + rest, max(z, 0) + rest)
        objective += sum(weight * smoothed, positive, 1 - smoothed, negative)
        crossEntropy += sum(weight * target, positive, 1 - target, negative)
        if (z > 0) != (target > 0.5) { isCorrect = false }
        if let gradient {
          let e = exp(-abs(z))
          let probability = z < 0 ? e / (1 + e) : 1 / (1 + e)
          gradient[index] = Float(
            scale
              * ((1 - smoothed + weight * smoothed) * probability - weight * smoothed))
        }
      }
      sums.objective += objective / Double(labelCount)
      sums.crossEntropy += crossEntropy / Double(labelCount)
      sums.weight += 1
      sums.rows += 1
      if isCorrect { sums.correct += 1 }
    }
  }

  /// Two weighted losses; an infinite one that does not count is none.
  private func sum(
    _ first: Double, _ positive: Double, _ second: Double, _ negative: Double
  ) -> Double {
    (first > 0 ? first * positive : 0) + (second > 0 ? second * negative : 0)
  }
}
