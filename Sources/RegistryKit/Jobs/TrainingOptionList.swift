/// How to train, under the names of the command line's options; what is missing gets the default.
package struct TrainingOptionList: Codable, Sendable, Hashable {
  package var epochs: Int?
  package var batchSize: Int?
  package var optimizer: String?
  package var momentum: Double?
  package var learningRate: LearningRate?
  package var schedule: String?
  package var layerDecay: Double?
  package var unfreeze: [String]?
  package var augment: String?
  package var cachedViews: Int?
  package var mixup: Double?
  package var clipNorm: Double?
  package var accumulate: Int?
  package var average: Double?
  package var weightDecay: Double?
  package var labelSmoothing: Double?
  package var balanceClasses: Bool?
  package var balanceSampling: Bool?
  package var patience: Int?
  package var checkpointMinutes: Double?
  package var threads: Int?

  /// Everything left to the defaults.
  package init() {}

  /// A learning rate, or the wish that one is searched for.
  package enum LearningRate: Codable, Sendable, Hashable {
    case automatic
    case fixed(Double)

    package init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let word = try? container.decode(String.self) {
        guard word == "auto" else {
          throw DecodingError.dataCorruptedError(
            in: container, debugDescription: "it must be a number or auto")
        }
        self = .automatic
      } else {
        self = .fixed(try container.decode(Double.self))
      }
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .automatic: try container.encode("auto")
      case .fixed(let rate): try container.encode(rate)
      }
    }
  }
}

extension TrainRequest {
  /// What the options ask for.
  package init(_ options: TrainingOptionList, datasets: [String], seed: Int) {
    var rate: Double?
    if case .fixed(let value) = options.learningRate { rate = value }
    self.init(
      datasets: datasets, epochs: options.epochs, batchSize: options.batchSize,
      optimizer: options.optimizer, learningRate: rate, schedule: options.schedule,
      weightDecay: options.weightDecay, labelSmoothing: options.labelSmoothing,
      balancesClasses: options.balanceClasses ?? false, patience: options.patience, seed: seed,
      threads: options.threads)
    findsLearningRate = options.learningRate == .automatic
    momentum = options.momentum
    layerDecay = options.layerDecay
    unfreezing = options.unfreeze ?? []
    augmentation = options.augment
    viewCount = options.cachedViews
    mixup = options.mixup
    maximumGradientNorm = options.clipNorm
    accumulation = options.accumulate
    averageDecay = options.average
    balancesSampling = options.balanceSampling ?? false
    checkpointMinutes = options.checkpointMinutes
  }
}
