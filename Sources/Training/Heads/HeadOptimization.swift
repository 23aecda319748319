import Networks

/// An optimizer at work on a head: one epoch after the other.
protocol HeadOptimization: AnyObject {
  /// The parameters, for scaled features, as of the end of the last whole epoch.
  var parameters: FloatBuffer { get }

  /// Runs an epoch; the first is 1.
  ///
  /// - Returns: What it did.
  /// - Throws: ``FitInterruption`` when `isCancelled` says so; then the epoch has not
  ///   happened.
  func runEpoch(_ epoch: Int, isCancelled: () -> Bool) throws -> EpochReport

  /// Decides whether to go on.
  ///
  /// - Parameters:
  ///   - epoch: The epoch that just ended.
  ///   - bestEpoch: The one with the best validation loss; `nil` without a validation split.
  /// - Returns: Why to stop; `nil` to go on.
  func reasonToStop(after epoch: Int, bestEpoch: Int?) -> FitResult.Stop?

  /// Adds what it remembers to a checkpoint.
  func save(to tensors: inout StateDict, _ state: inout HeadFitState.OptimizerState)

  /// Takes over what a checkpoint remembers.
  ///
  /// - Throws: `malformed_head` when a tensor is missing or misshapen.
  func restore(from tensors: StateDict, _ state: HeadFitState.OptimizerState) throws
}

/// What an epoch did.
struct EpochReport {
  /// The loss of the training rows under the new parameters, in evaluation mode.
  var training: LossSums
  /// AdamW's rate at the end of the epoch, or the length of L-BFGS's step.
  var learningRate: Double
  /// Whether the validation loss may choose the new parameters.
  var mayBeKept = true
  /// What was minimized; not finite when the fit has gone astray.
  var objective: Double
  /// How many steps were begun since the first epoch: those of AdamW, or L-BFGS's, one an epoch.
  var steps: Int
}
