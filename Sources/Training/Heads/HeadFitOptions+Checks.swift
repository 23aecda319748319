package import Diagnostics

extension HeadFitOptions {
  /// The weight decays that L-BFGS goes through, the strongest first.
  func strengths(hasValidation: Bool) -> [Double] {
    if let weightDecay { return [weightDecay] }
    return hasValidation ? Self.strengths : [Self.strengthWithoutValidation]
  }

  /// Refuses numbers that no fit can use.
  ///
  /// - Throws: `impossible_fit_options`.
  func check(for plan: HeadPlan) throws(RegistryError) {
    func require(
      _ condition: Bool, _ name: String, _ value: some CustomStringConvertible, _ remedy: String
    ) throws(RegistryError) {
      guard !condition else { return }
      throw RegistryError(
        .impossibleFitOptions, "A fit cannot have \(value) as its \(name).",
        place: .subject(name), remedy: remedy)
    }
    try require(epochs > 0, "number of epochs", epochs, "Ask for at least one.")
    try require(batchSize > 0, "batch size", batchSize, "Ask for at least one.")
    try require(patience > 0, "patience", patience, "Ask for at least one epoch.")
    try require(
      learningRate > 0 && learningRate.isFinite, "learning rate", learningRate,
      "Ask for a positive number, such as 0.001.")
    let decay = weightDecay ?? 0
    try require(
      decay >= 0 && decay.isFinite, "weight decay", decay, "Ask for 0 or a positive number.")
    try require(
      (0..<1).contains(labelSmoothing), "label smoothing", labelSmoothing,
      "Ask for at least 0 and less than 1.")
    guard optimizer == .adamw || !plan.hasDropout else {
      throw RegistryError(
        .impossibleFitOptions, "L-BFGS cannot fit a head with dropout, which changes its loss.",
        place: .subject("optimizer"), remedy: "Use AdamW, or a head without dropout.")
    }
  }
}

extension RegistryError.Code {
  /// An option of a fit has a value that none can use.
  package static let impossibleFitOptions = Self("impossible_fit_options", .usage)
}
