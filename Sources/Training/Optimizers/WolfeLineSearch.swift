/// A search along a descent direction for a step that meets the strong Wolfe conditions
/// (Nocedal and Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6).
struct WolfeLineSearch {
  /// A step and what the function does there.
  struct Point {
    var step: Double
    var value: Double
    /// The derivative along the direction.
    var slope: Double
  }

  /// How much of the decrease that the slope promises is enough.
  var decrease = 1e-4
  /// How much of the first slope may be left.
  var curvature = 0.9
  /// The most evaluations of a search.
  var evaluations = 25

  /// Looks for a step.
  ///
  /// - Parameters:
  ///   - start: The value and the negative slope at step 0.
  ///   - first: The step to try first.
  ///   - evaluate: The value and the slope at a step; a value that is not finite counts as high.
  /// - Returns: The accepted point, which is the last one that was evaluated; `nil` when rounding
  ///   leaves no step that lowers the value.
  /// - Throws: What `evaluate` throws.
  func search(
    from start: Point, first: Double, evaluate: (Double) throws -> Point
  ) rethrows -> Point? {
    var previous = start
    var step = first
    for count in 0..<evaluations {
      let point = try evaluate(step)
      if isTooHigh(point, start) || (count > 0 && point.value >= previous.value) {
        return try zoom(
          low: previous, high: point, start: start, left: evaluations - count - 1,
          evaluate: evaluate)
      }
      if abs(point.slope) <= -curvature * start.slope { return point }
      if point.slope >= 0 {
        return try zoom(
          low: point, high: previous, start: start, left: evaluations - count - 1,
          evaluate: evaluate)
      }
      let next = Self.cubicMinimum(previous, point) ?? (2 * step)
      step = min(max(next, 1.5 * step), 10 * step)
      previous = point
    }
    return previous.value < start.value ? previous : nil
  }

  private func isTooHigh(_ point: Point, _ start: Point) -> Bool {
    !(point.value <= start.value + decrease * point.step * start.slope)
  }

  private func zoom(
    low: Point, high: Point, start: Point, left: Int, evaluate: (Double) throws -> Point
  ) rethrows -> Point? {
    var low = low
    var high = high
    var last = high
    for _ in 0..<max(left, 0) {
      let width = abs(high.step - low.step)
      // In single precision a narrower interval holds no different parameters.
      guard width > 1e-7 * max(low.step, high.step) else { break }
      let near = min(low.step, high.step) + 0.1 * width
      let far = max(low.step, high.step) - 0.1 * width
      let middle = (low.step + high.step) / 2
      let point = try evaluate(
        min(max(Self.cubicMinimum(low, high) ?? middle, near), far))
      last = point
      if isTooHigh(point, start) || point.value >= low.value {
        high = point
      } else {
        if abs(point.slope) <= -curvature * start.slope { return point }
        if point.slope * (high.step - low.step) >= 0 { high = low }
        low = point
      }
    }
    guard low.step > 0, low.value < start.value else { return nil }
    return last.step == low.step ? low : try evaluate(low.step)
  }

  /// The minimum of the cubic through two points with their slopes (Nocedal and Wright, 3.59).
  private static func cubicMinimum(_ a: Point, _ b: Point) -> Double? {
    guard b.value.isFinite, b.slope.isFinite else { return nil }
    let d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step)
    let square = d1 * d1 - a.slope * b.slope
    guard square >= 0 else { return nil }
    let d2 = (b.step > a.step ? 1 : -1) * square.squareRoot()
    let minimum =
      b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)
    return minimum.isFinite ? minimum : nil
  }
}
