private import FoundationEssentials

/// The numbers of a network's checkpoint that are not tensors.
///
/// No random state is among them: every draw depends on the seed, the epoch and the number of the
/// batch alone.
struct NetworkFitState: Codable, Equatable {
  /// What must be the same for a checkpoint to fit.
  struct Setting: Codable, Equatable {
    var options: NetworkFitOptions
    var trainingImages: Int
    var validationImages: Int
  }

  /// What the batches of an epoch add up to.
  struct Sums: Codable, Equatable {
    /// The weighted cross-entropy, without smoothing and mixing.
    var crossEntropy = 0.0
    /// The class weights of the images.
    var weight = 0.0
    var images = 0
    /// How many have their label as the likeliest.
    var correct = 0
    /// The norms of the gradients before they were clipped, and how many there were.
    var gradientNorms = 0.0
    var steps = 0

    mutating func add(_ sums: LossSums) {
      crossEntropy += sums.crossEntropy
      weight += sums.weight
      images += sums.rows
      correct += sums.correct
    }
  }

  var setting: Setting
  /// How many epochs are done.
  var epoch = 0
  /// How many batches of the next epoch are done.
  var batch = 0
  /// What these add up to.
  var sums = Sums()
  /// How many steps the optimizer took.
  var steps = 0
  /// The learning rate, once it was found.
  var learningRate: Double?
  /// Where the schedule is that waits for the validation loss.
  var plateau: ReduceOnPlateau?
  /// The epoch whose weights are kept, and its metrics.
  var bestEpoch = 0
  var bestLoss: Double?
  var bestMetrics: [String: Double] = [:]
  /// Whether these weights give all validation images the same outputs.
  var bestIsConstant: Bool?
  /// The metrics of the first weights, once they were measured.
  var initialMetrics: [String: Double]?
  /// The counters of batches of the batch norms.
  var counters: [Int64] = []
  /// Those of the weights that are kept.
  var bestCounters: [Int64] = []
  /// What the learning rate was chosen by.
  var search: LearningRateFinder.Result?
  /// Why nothing is left to do; `nil` while there is.
  var stop: FitResult.Stop?

  init(setting: Setting) { self.setting = setting }

  /// The JSON of a checkpoint.
  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  init(text: String) throws {
    self = try JSONDecoder().decode(NetworkFitState.self, from: Data(text.utf8))
  }
}
