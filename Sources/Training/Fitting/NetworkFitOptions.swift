/// How layers of a network are trained, beside or below its head.
package struct NetworkFitOptions: Codable, Sendable, Hashable {
  /// How the parameters are changed.
  package var optimizer: Optimizer
  /// The share of the last step that SGD adds to the next.
  package var momentum: Double
  /// Passes over the training images.
  package var epochs: Int
  /// The most images that one forward and backward pass sees.
  package var batchSize: Int
  /// How many passes a step sums the gradients of.
  package var accumulation: Int
  /// The largest size of a step.
  package var learningRate: Double
  /// How the learning rate changes over the run.
  package var schedule: LearningRateSchedule
  /// How strongly weights, not biases and norms, are drawn to zero.
  package var weightDecay: Double
  /// The largest norm of the gradient; a longer one is shortened to it.
  package var maximumGradientNorm: Double?
  /// What the learning rate is multiplied by for each block further from the head.
  package var layerDecay: Double?
  /// The share of the target that is spread over all labels, in `0..<1`.
  package var labelSmoothing: Double
  /// Whether each class counts the same in the loss, however many images it has.
  package var balancesClasses: Bool
  /// Whether each class is shown as often as the others.
  package var balancesSampling: Bool
  /// The parameter of the Beta distribution from which mixup draws; `nil` for no mixup.
  package var mixup: Double?
  /// How slowly the moving average of the weights follows them, just below one; `nil` for none.
  package var averageDecay: Double?
  /// After how many epochs without a better validation loss the fit stops; `nil` for never.
  package var patience: Int?
  /// What is done to the training images.
  package var augmentation: Augmentation
  /// How many augmented views of each image there are; `nil` for a new one in each epoch.
  package var viewCount: Int?
  /// The layers that begin to train after the first epoch.
  package var unfreezing: UnfreezeStages?
  /// Whether the learning rate is searched for before the first epoch.
  package var findsLearningRate: Bool
  /// The seed of everything random.
  package var seed: UInt64

  /// How the parameters of a network are changed to lower the loss.
  package enum Optimizer: String, Codable, CaseIterable, Sendable {
    /// Stochastic gradient descent with Nesterov's momentum.
    case sgd
    /// Adam with decoupled weight decay.
    case adamw
  }

  /// Options for fine-tuning a pretrained network.
  package init(
    optimizer: Optimizer = .adamw, momentum: Double = 0.9, epochs: Int = 10,
    batchSize: Int = 16, accumulation: Int = 1, learningRate: Double = 3e-4,
    schedule: LearningRateSchedule = .oneCycle(), weightDecay: Double = 1e-2,
    maximumGradientNorm: Double? = 1, layerDecay: Double? = nil, labelSmoothing: Double = 0,
    balancesClasses: Bool = false, balancesSampling: Bool = false, mixup: Double? = nil,
    averageDecay: Double? = nil, patience: Int? = nil, augmentation: Augmentation = .none,
    viewCount: Int? = nil, unfreezing: UnfreezeStages? = nil, findsLearningRate: Bool = false,
    seed: UInt64 = 0
  ) {
    self.optimizer = optimizer
    self.momentum = momentum
    self.epochs = epochs
    self.batchSize = batchSize
    self.accumulation = accumulation
    self.learningRate = learningRate
    self.schedule = schedule
    self.weightDecay = weightDecay
    self.maximumGradientNorm = maximumGradientNorm
    self.layerDecay = layerDecay
    self.labelSmoothing = labelSmoothing
    self.balancesClasses = balancesClasses
    self.balancesSampling = balancesSampling
    self.mixup = mixup
    self.averageDecay = averageDecay
    self.patience = patience
    self.augmentation = augmentation
    self.viewCount = viewCount
    self.unfreezing = unfreezing
    self.findsLearningRate = findsLearningRate
    self.seed = seed
  }

  /// Options for training a network from random weights.
  private static let fromScratch = NetworkFitOptions(
    epochs: 40, batchSize: 16, learningRate: 2e-3, weightDecay: 5e-2, labelSmoothing: 0.1,
    augmentation: .standard)

  /// The options that are good without being told anything.
  package static func standard(isPretrained: Bool) -> NetworkFitOptions {
    isPretrained ? NetworkFitOptions() : .fromScratch
  }

  /// The optimizer with its numbers.
  var method: GroupedOptimizer.Kind {
    switch optimizer {
    case .sgd: .sgd(momentum: momentum)
    case .adamw: .adamw()
    }
  }
}
