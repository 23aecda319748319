private import Glibc

/// A search for a learning rate: steps with rates that grow until the loss explodes
/// (Smith, "Cyclical learning rates for training neural networks", 2017, arXiv:1506.01186), with
/// the range, smoothing and stop of fastai's `lr_find`.
package struct LearningRateFinder: Hashable, Sendable {
  /// The first rate.
  package var minimum = 1e-7
  /// The last rate.
  package var maximum = 10.0
  /// How many steps, at least two.
  package var steps = 100
  /// The weight of the past in the moving mean of the loss.
  package var smoothing = 0.98
  /// How many times the lowest smoothed loss ends the search.
  package var explosion = 4.0

  package init() {}

  /// A step of the search.
  package struct Point: Codable, Hashable, Sendable {
    package let rate: Double
    /// The loss before the step.
    package let loss: Double
    /// The moving mean of the losses so far, without the bias of its start.
    package let smoothedLoss: Double
  }

  /// What a search found.
  package struct Result: Codable, Hashable, Sendable {
    /// The steps, in order; all numbers are finite.
    package let curve: [Point]
    /// The rate to train with: in the middle of the valley, the longest sequence of points, not
    /// always neighbours, along which the smoothed loss falls; `nil` when it does not fall.
    ///
    /// The whole descent decides it, where the steepest slope is one difference of two noisy
    /// numbers and mostly lies late, close to where the training diverges.
    package let suggestion: Double?
    /// The rate where the smoothed loss falls most steeply over the logarithm of the rate; `nil`
    /// when it does not fall.
    package let steepest: Double?
  }

  /// The rate of a step, counted from zero: the logarithm grows evenly.
  package func rate(step: Int) -> Double {
    minimum * pow(maximum / minimum, Double(step) / Double(max(steps - 1, 1)))
  }

  /// Searches.
  ///
  /// The weights are of no use afterwards: the caller puts back those from before.
  ///
  /// - Parameter takeStep: Trains on a batch with a rate and returns the loss before the step. A
  ///   loss that is not finite ends the search.
  /// - Returns: The curve and what it suggests.
  /// - Throws: What `takeStep` throws.
  package func run(_ takeStep: (_ rate: Double) throws -> Double) rethrows -> Result {
    var curve: [Point] = []
    var mean = 0.0
    var best = Double.infinity
    for step in 0..<steps {
      let rate = rate(step: step)
      let loss = try takeStep(rate)
      guard loss.isFinite else { break }
      mean = smoothing * mean + (1 - smoothing) * loss
      let smoothed = mean / (1 - pow(smoothing, Double(step + 1)))
      curve.append(Point(rate: rate, loss: loss, smoothedLoss: smoothed))
      if smoothed > explosion * best { break }
      best = min(best, smoothed)
    }
    return Result(
      curve: curve, suggestion: Self.valley(of: curve), steepest: Self.steepest(of: curve))
  }

  /// The rate in the middle of the longest sequence of points with falling losses.
  ///
  /// - Complexity: O(*n²*).
  static func valley(of curve: [Point]) -> Double? {
    // For each point the longest sequence that ends there, and the point before it in that.
    var lengths = [Int](repeating: 1, count: curve.count)
    var previous = [Int?](repeating: nil, count: curve.count)
    for index in curve.indices {
      for earlier in 0..<index
      where curve[earlier].smoothedLoss > curve[index].smoothedLoss
        && lengths[earlier] >= lengths[index]
      {
        lengths[index] = lengths[earlier] + 1
        previous[index] = earlier
      }
    }
    guard let longest = lengths.max(), longest > 1,
      var index = lengths.firstIndex(of: longest)
    else { return nil }
    for _ in 0..<(longest / 2) {
      guard let before = previous[index] else { break }
      index = before
    }
    return curve[index].rate
  }

  /// The rate with the most negative central difference of the loss.
  static func steepest(of curve: [Point]) -> Double? {
    guard curve.count > 2 else { return nil }
    let slopes = (1..<curve.count - 1).map { index in
      (rate: curve[index].rate, rise: curve[index + 1].smoothedLoss - curve[index - 1].smoothedLoss)
    }
    guard let lowest = slopes.min(by: { $0.rise < $1.rise }), lowest.rise < 0 else { return nil }
    return lowest.rate
  }
}
