private import Glibc

/// The probabilities `exp(z) / Σ exp(z)`, with the largest logit taken off first so that nothing
/// overflows.
///
/// - Returns: As many numbers as there are logits, which add up to one.
package func softmax(_ logits: ArraySlice<Float>) -> [Float] {
  let largest = logits.max() ?? 0
  let exponentials = logits.map { exp($0 - largest) }
  let sum = exponentials.reduce(0, +)
  return exponentials.map { $0 / sum }
}

/// Cross-entropy of the softmax of logits, as PyTorch's `CrossEntropyLoss` with `weight` and
/// `label_smoothing`.
///
/// For logits `z` of a row with label `y`, smoothing `ε`, `K` labels and class weights `w`:
///
///     loss = (1 - ε) w[y] (-log p[y]) + ε / K Σ w[k] (-log p[k]),   p = softmax(z)
///
/// and the mean divides by the sum of `w[y]` over the rows.
package struct SoftmaxCrossEntropy: Sendable {
  /// The weight of each class; they have a mean of one over the training rows, or are all one.
  package let classWeights: [Float]
  /// The share of the target that is spread over all labels, in `0..<1`.
  package let labelSmoothing: Float

  private var labelCount: Int { classWeights.count }

  package init(classWeights: [Float], labelSmoothing: Float) {
    self.classWeights = classWeights
    self.labelSmoothing = labelSmoothing
  }

  /// Weights that let each class count the same: `N / (C n[k])` for a class with `n[k]` of the `N`
  /// rows, where `C` classes have rows; zero for a class that has none.
  package static func balancedWeights(labels: [Int], labelCount: Int) -> [Float] {
    var counts = [Int](repeating: 0, count: labelCount)
    for label in labels { counts[label] += 1 }
    let present = counts.count { $0 > 0 }
    return counts.map { $0 == 0 ? 0 : Float(labels.count) / Float(present * $0) }
  }

  /// The sum of the class weights of `labels`, which the mean divides by.
  func totalWeight(of labels: some Sequence<Int>) -> Double {
    labels.reduce(0) { $0 + Double(classWeights[$1]) }
  }

  /// Adds rows to `sums`, and turns their logits into gradients of the mean if `meanOver` says
  /// what the mean divides by.
  ///
  /// The logits are `[N, K]`, and overwritten with the gradient when there is one.
  func add(
    logits: UnsafeMutablePointer<Float>, labels: UnsafeBufferPointer<Int>, meanOver: Double?,
    to sums: inout LossSums
  ) {
    for (row, label) in labels.enumerated() {
      addRow(logits + row * labelCount, label: label, meanOver: meanOver, to: &sums)
    }
  }

  private func addRow(
    _ z: UnsafeMutablePointer<Float>, label: Int, meanOver: Double?, to sums: inout LossSums
  ) {
    var largest = z[0]
    var winner = 0
    for index in 1..<max(labelCount, 1) where z[index] > largest {
      largest = z[index]
      winner = index
    }
    var sum: Float = 0
    var smoothed: Double = 0
    let spread = labelSmoothing / Float(labelCount)
    let labelLogit = z[label]
    var weightSum: Float = 0
    if spread > 0 {
      for index in 0..<labelCount {
        weightSum += classWeights[index]
        smoothed += Double(classWeights[index]) * Double(largest - z[index])
      }
    }
    for index in 0..<labelCount {
      let exponential = exp(z[index] - largest)
      sum += exponential
      if meanOver != nil { z[index] = exponential }
    }
    let logSum = log(Double(sum))
    let weight = classWeights[label]
    let negativeLogProbability = Double(largest - labelLogit) + logSum
    sums.crossEntropy += Double(weight) * negativeLogProbability
    sums.objective +=
      Double((1 - labelSmoothing) * weight) * negativeLogProbability
      + Double(spread) * (smoothed + Double(weightSum) * logSum)
    sums.weight += Double(weight)
    sums.rows += 1
    if winner == label { sums.correct += 1 }
    guard let meanOver else { return }
    let scale = Float(1 / meanOver)
    let target = (1 - labelSmoothing) * weight
    let total = (target + spread * weightSum) * scale
    for index in 0..<labelCount {
      z[index] = total * (z[index] / sum) - spread * classWeights[index] * scale
    }
    z[label] -= target * scale
  }
}

/// What rows of a pass add up to.
package struct LossSums: Sendable {
  /// The weighted loss with smoothing: what is minimized.
  package var objective = 0.0
  /// The weighted cross-entropy without smoothing: what is reported.
  package var crossEntropy = 0.0
  /// The class weights of the rows.
  package var weight = 0.0
  /// How many rows there were.
  package var rows = 0
  /// How many rows have their label as the likeliest.
  package var correct = 0

  /// The mean cross-entropy, in nats; 0 without rows.
  package var meanCrossEntropy: Double { weight > 0 ? crossEntropy / weight : 0 }
  /// The share of rows whose likeliest label is the right one; 0 without rows.
  package var accuracy: Double { rows > 0 ? Double(correct) / Double(rows) : 0 }

  /// Sums over no rows.
  package init() {}
}
