private import Glibc

/// How the learning rate of a whole network changes over a run: a function of the step.
package enum LearningRateSchedule: Codable, Hashable, Sendable {
  /// The same rate throughout.
  case constant
  /// The rate times `factor` after every `epochs` epochs, as PyTorch's `StepLR`.
  case step(epochs: Int = 10, factor: Double = 0.1)
  /// From a hundredth of the rate linearly up to it, over `warmupEpochs`, then down to zero along
  /// half a cosine (Loshchilov and Hutter, "SGDR", 2017, arXiv:1608.03983), as PyTorch's `LinearLR`
  /// with a `start_factor` of 0.01 and `CosineAnnealingLR` one after the other.
  case cosine(warmupEpochs: Double = 0)
  /// From a twenty-fifth of the rate up to it, over the share `rise` of the run, then down to a
  /// 250,000th, both along half a cosine, as PyTorch's `OneCycleLR`; momentum goes from 0.95 to
  /// 0.85 and back (Smith and Topin, "Super-convergence", 2018, arXiv:1708.07120).
  case oneCycle(rise: Double = 0.3)
  /// The rate that a ``ReduceOnPlateau`` with this factor and patience has, which the caller keeps
  /// and passes as `base`.
  case plateau(factor: Double = 0.1, patience: Int = 10)

  /// The rate of a step.
  ///
  /// - Parameters:
  ///   - base: The rate that was asked for: the first, or the highest where it rises.
  ///   - step: Which step, from zero.
  ///   - total: How many steps the run has at most.
  ///   - stepsPerEpoch: How many of them an epoch has.
  /// - Returns: The rate, before the groups' multipliers.
  package func rate(base: Double, step: Int, of total: Int, stepsPerEpoch: Int) -> Double {
    switch self {
    case .constant, .plateau:
      return base
    case .step(let epochs, let factor):
      let epoch = step / max(stepsPerEpoch, 1)
      return base * pow(factor, Double(epoch / max(epochs, 1)))
    case .cosine(let warmupEpochs):
      let rising = warmupSteps(warmupEpochs, of: total, stepsPerEpoch: stepsPerEpoch)
      guard step >= rising else {
        let start = 0.01
        return base * (start + (1 - start) * Double(step) / Double(rising))
      }
      return Self.anneal(
        from: base, to: 0, by: Double(step - rising) / Double(max(total - rising, 1)))
    case .oneCycle(let rise):
      let start = base / 25
      return Self.cycle(
        rise: rise, step: step, of: total, from: start, over: base, to: start / 1e4)
    }
  }

  /// What takes the place of SGD's momentum, or of AdamW's `beta1`, in a step.
  ///
  /// - Parameters:
  ///   - step: Which step, from zero.
  ///   - total: How many steps the run has at most.
  /// - Returns: The momentum; `nil` when the schedule leaves it alone.
  package func momentum(step: Int, of total: Int) -> Double? {
    guard case .oneCycle(let rise) = self else { return nil }
    return Self.cycle(rise: rise, step: step, of: total, from: 0.95, over: 0.85, to: 0.95)
  }

  private func warmupSteps(_ epochs: Double, of total: Int, stepsPerEpoch: Int) -> Int {
    let steps = (epochs * Double(stepsPerEpoch)).rounded()
    return steps < Double(total) ? Int(max(steps, 0)) : max(total, 0)
  }

  /// From one number over another to a third; the first part ends one step early and the second
  /// with the last step, as PyTorch counts.
  private static func cycle(
    rise: Double, step: Int, of total: Int, from start: Double, over middle: Double, to end: Double
  ) -> Double {
    let turn = rise * Double(total) - 1
    let step = Double(min(step, max(total - 1, 0)))
    if step < turn { return anneal(from: start, to: middle, by: step / turn) }
    let length = Double(total - 1) - turn
    // A run that rises to its last step never falls.
    guard length > 0 else { return middle }
    return anneal(from: middle, to: end, by: (step - turn) / length)
  }

  /// Half a cosine between two numbers; `share` of the way in `0...1`, 1 beyond.
  private static func anneal(from start: Double, to end: Double, by share: Double) -> Double {
    end + (start - end) * (1 + cos(.pi * min(share, 1))) / 2
  }
}
