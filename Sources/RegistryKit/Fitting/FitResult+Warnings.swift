package import Training

extension FitResult {
  /// The metrics of the weights that were kept and, by names of their own, of the first ones.
  package var allMetrics: [String: Double] {
    let initial = initialMetrics.map { (MetricHistory.initialPrefix + $0.key, $0.value) }
    return metrics.merging(initial) { first, _ in first }
  }

  /// What the user should know before using the weights.
  ///
  /// - Parameter base: The version that training started from; `nil` when it started from nothing.
  /// - Returns: The warnings, none if all is well.
  package func warnings(_ base: ModelName?) -> [TrainWarning] {
    var warnings: [TrainWarning] = []
    if let before = initialMetrics["validation_loss"], let after = metrics["validation_loss"],
      after > before
    {
      warnings.append(
        TrainWarning(
          code: "worse_than_before",
          message: "The validation loss was \(Self.text(before)) before training and is "
            + "\(Self.text(after)) now: the version does worse. Train with a lower --learning-rate, "
            + "or fewer layers\(base.map { "; \($0) is as it was" } ?? "")."))
    }
    if hasConstantOutputs {
      warnings.append(
        TrainWarning(
          code: "constant_outputs",
          message:
            "Every image gets the same outputs: nothing of the images reaches the last layer. "
            + "Check the base's weights, or train with a lower --learning-rate."))
    }
    return warnings
  }

  /// A loss with four digits behind the point.
  private static func text(_ loss: Double) -> String { "\((loss * 10_000).rounded() / 10_000)" }
}
