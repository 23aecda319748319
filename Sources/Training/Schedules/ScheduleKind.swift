private import Glibc

/// How the learning rate changes over the fit of a head.
package enum ScheduleKind: String, Codable, CaseIterable, Sendable {
  /// The same rate throughout.
  case constant
  /// From the rate down to zero along half a cosine
  /// (Loshchilov and Hutter, "SGDR", 2017, arXiv:1608.03983), as PyTorch's `CosineAnnealingLR`.
  case cosine

  /// The rate of a step.
  ///
  /// - Parameters:
  ///   - base: The rate to begin with.
  ///   - step: Which step, from zero.
  ///   - total: How many steps the run has at most.
  /// - Returns: The rate, from `base` down to 0.
  package func rate(base: Double, step: Int, of total: Int) -> Double {
    switch self {
    case .constant: base
    case .cosine:
      base * (1 + cos(.pi * Double(min(step, total)) / Double(max(total, 1)))) / 2
    }
  }
}
