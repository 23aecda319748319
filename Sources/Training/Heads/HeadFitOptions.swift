package import Networks

/// How a head is fitted.
package struct HeadFitOptions: Codable, Sendable, Hashable {
  /// How the parameters are changed.
  package var optimizer: OptimizerKind
  /// The most passes over the rows; for L-BFGS, the most steps.
  package var epochs: Int
  /// How many rows a step of AdamW sees.
  package var batchSize: Int
  /// The size of AdamW's steps; L-BFGS searches its own.
  package var learningRate: Double
  /// How AdamW's learning rate changes over the run.
  package var schedule: ScheduleKind
  /// How strongly weights, not biases, are drawn to zero; `nil` for what suits the optimizer.
  ///
  /// For AdamW the decoupled decay. For L-BFGS `λ` in a loss of the mean cross-entropy and
  /// `λ / 2 Σ n w²` over weights with `n` inputs, for features with a mean square of one; so the
  /// number means the same for every width. With `nil` and a validation split, L-BFGS tries
  /// ``strengths``, the strongest first, and keeps what the validation loss likes best; without
  /// a split it takes ``strengthWithoutValidation``.
  package var weightDecay: Double?
  /// The share of the target that is spread over all labels, in `0..<1`.
  package var labelSmoothing: Double
  /// Whether each class counts the same, however many rows it has; in the losses, too.
  package var balancesClasses: Bool
  /// After how many epochs without a better validation loss the fit stops; does not concern
  /// L-BFGS on a linear head with weight decay, which stops at a solution.
  package var patience: Int
  /// The seed of the order of rows and of dropout.
  package var seed: UInt64

  package init(
    optimizer: OptimizerKind = .lbfgs, epochs: Int = 200, batchSize: Int = 32,
    learningRate: Double = 1e-3, schedule: ScheduleKind = .cosine, weightDecay: Double? = nil,
    labelSmoothing: Double = 0, balancesClasses: Bool = false, patience: Int = 20,
    seed: UInt64 = 0
  ) {
    self.optimizer = optimizer
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.schedule = schedule
    self.weightDecay = weightDecay
    self.labelSmoothing = labelSmoothing
    self.balancesClasses = balancesClasses
    self.patience = patience
    self.seed = seed
  }

  /// The options that are good for a head without being told anything.
  ///
  /// A linear head is a convex problem, which L-BFGS solves; one with a hidden layer or dropout
  /// is trained with AdamW.
  package static func standard(for head: [Layer]) -> HeadFitOptions {
    let linears = head.count { if case .linear = $0.operation { true } else { false } }
    let draws = head.contains {
      if case .dropout(let rate) = $0.operation { rate > 0 } else { false }
    }
    return HeadFitOptions(optimizer: linears > 1 || draws ? .adamw : .lbfgs)
  }

  /// What L-BFGS tries for ``weightDecay`` when a validation split can choose.
  package static let strengths = [1e-3, 1e-4, 1e-5, 1e-6]
  /// What L-BFGS takes for ``weightDecay`` when none can.
  package static let strengthWithoutValidation = 1e-5
  /// What AdamW takes for ``weightDecay``.
  package static let decay = 1e-2
}
