/// A learning rate that falls when the validation loss has stopped falling, as PyTorch's
/// `ReduceLROnPlateau`.
package struct ReduceOnPlateau: Codable, Hashable, Sendable {
  /// What the rate is multiplied by.
  package let factor: Double
  /// How many epochs in a row may bring nothing better before the rate falls with the next one.
  package let patience: Int
  /// The share of the best loss by which another must be lower to be better.
  package let threshold: Double
  /// The rate at which it ends to fall.
  package let minimum: Double
  /// The rate of the next epoch.
  package private(set) var learningRate: Double
  /// The lowest loss that was better than the one before; `nil` before the first epoch.
  package private(set) var best: Double?
  /// How many epochs in a row brought nothing better.
  package private(set) var badEpochs = 0

  package init(
    learningRate: Double, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
    minimum: Double = 0
  ) {
    self.learningRate = learningRate
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.minimum = minimum
  }

  /// Takes in the validation loss of an epoch; one that is not a number counts as no better.
  ///
  /// - Returns: Whether the rate fell.
  @discardableResult
  package mutating func observe(_ loss: Double) -> Bool {
    if loss < (best ?? .infinity) * (1 - threshold) {
      best = loss
      badEpochs = 0
    } else {
      badEpochs += 1
    }
    guard badEpochs > patience else { return false }
    badEpochs = 0
    let next = max(learningRate * factor, minimum)
    // PyTorch's `eps`: a change too small to matter is none.
    guard learningRate - next > 1e-8 else { return false }
    learningRate = next
    return true
  }
}
