private import FoundationEssentials

/// The numbers of a head's checkpoint that are not tensors.
///
/// The tensors are the parameters as they are fitted (`head.`), the best so far (`best.`) and the
/// memory of the optimizer (`optimizer.exp_avg.`, `optimizer.exp_avg_sq.`; `optimizer.step.0.` and
/// `optimizer.change.0.` for L-BFGS, the oldest first), each followed by a tensor's name. They are
/// for scaled features: not the head's weights.
///
/// No random state is among them: the draws of an epoch depend on the seed and the epoch alone.
struct HeadFitState: Codable, Equatable {
  /// What must be the same for a checkpoint to fit.
  struct Setting: Codable, Equatable {
    var options: HeadFitOptions
    var trainingRows: Int
    var validationRows: Int
  }

  var setting: Setting
  /// How many epochs ran.
  var epoch = 0
  /// The epoch with the lowest validation loss; the last one without validation, and as long as
  /// no weights may be kept.
  var bestEpoch = 0
  /// That loss; `nil` before there are weights that may be kept.
  var bestLoss: Double?
  /// Why nothing is left to do; `nil` while there is.
  var stop: FitResult.Stop?
  var optimizer = OptimizerState()

  /// What an optimizer remembers besides tensors.
  struct OptimizerState: Codable, Equatable {
    /// How many steps AdamW took.
    var steps = 0
    /// Which weight decay L-BFGS is at.
    var stage = 0
    /// The epoch after which that began.
    var stageStart = 0
    /// How many pairs of steps and changes L-BFGS remembers.
    var pairs = 0
  }

  /// The JSON of a checkpoint.
  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  init(setting: Setting) { self.setting = setting }

  init(text: String) throws {
    self = try JSONDecoder().decode(HeadFitState.self, from: Data(text.utf8))
  }
}
