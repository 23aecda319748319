package import Networks

/// What a fit came to.
package struct FitResult: Sendable {
  /// Why a fit ended.
  package enum Stop: String, Codable, Sendable {
    /// All epochs ran, or further ones would have changed nothing.
    case finished
    /// The validation loss had not become better for too long.
    case earlyStopped = "early_stopped"
    /// The caller wished so.
    case cancelled
  }

  /// The weights that were kept: those with the best validation loss; without a validation split,
  /// the last ones.
  package let tensors: StateDict
  /// How many epochs ran.
  package let epochs: Int
  /// The epoch that ``tensors`` are from; 0 for the first weights.
  package let bestEpoch: Int
  /// `train_loss`, `train_accuracy` and, with a validation split, `validation_loss` and
  /// `validation_accuracy` of ``tensors``.
  package let metrics: [String: Double]
  /// Why the fit ended.
  package let stop: Stop
  /// Where to go on; there when the fit was cancelled.
  package let checkpoint: FitCheckpoint?
  /// How often the frozen layers were spared; zero for a fit to features.
  package var inputs = Inputs(hits: 0, misses: 0)
  /// The learning rate that was found, and the losses that it was chosen by.
  package var search: LearningRateFinder.Result?

  /// `validation_loss` and `validation_accuracy` of the first weights, where they were measured.
  package var initialMetrics: [String: Double] = [:]
  /// Whether the weights give all images the same outputs.
  package var hasConstantOutputs = false

  /// Where what a network's trainable layers read came from.
  package struct Inputs: Sendable, Hashable {
    /// Inputs that were read from a store.
    package let hits: Int
    /// Inputs that were computed.
    package let misses: Int
  }
}
