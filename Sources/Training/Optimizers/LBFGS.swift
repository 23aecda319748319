/// Limited-memory BFGS with a strong-Wolfe line search
/// (Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989).
///
/// Numbers are single precision; sums over them are double.
final class LBFGS {
  /// Writes the gradient at some parameters and returns the value there.
  typealias Objective = (UnsafePointer<Float>, UnsafeMutablePointer<Float>) throws -> Double

  /// What a step led to.
  struct Outcome {
    /// The length of the step, in multiples of the direction; `nil` when there was none to take.
    var length: Double?
    /// Whether no further step lowers the value by more than the tolerances.
    var hasConverged: Bool
  }

  /// Where the method is.
  let parameters: FloatBuffer
  /// The value there, once ``begin(_:)`` or a step has computed it.
  private(set) var value = Double.nan
  /// The gradient there.
  private(set) var gradient: FloatBuffer
  /// The last steps and changes of the gradient, oldest first.
  private(set) var history: [(step: FloatBuffer, change: FloatBuffer)] = []

  /// A largest absolute slope at or below which the method has converged.
  var gradientTolerance = 1e-6
  /// A relative decrease of the value at or below which the method has converged.
  var valueTolerance = 1e-9

  private let memory: Int
  private let direction: FloatBuffer
  private var trial: FloatBuffer
  private var trialGradient: FloatBuffer
  private var spares: [(step: FloatBuffer, change: FloatBuffer)] = []
  private let lineSearch = WolfeLineSearch()

  init(parameters: FloatBuffer, memory: Int = 10) {
    self.parameters = parameters
    self.memory = memory
    gradient = FloatBuffer(count: parameters.count)
    direction = FloatBuffer(count: parameters.count)
    trial = FloatBuffer(count: parameters.count)
    trialGradient = FloatBuffer(count: parameters.count)
  }

  private var count: Int { parameters.count }

  /// Evaluates the objective where the method is.
  func begin(_ objective: Objective) rethrows {
    value = try objective(parameters.base, gradient.base)
  }

  /// Forgets the value, before ``begin(_:)`` with an objective that is a little different.
  func invalidateValue() { value = .nan }

  private func forgetCurvature() {
    spares += history
    history = []
  }

  /// Puts back a history that was saved.
  func restore(_ pairs: [(step: FloatBuffer, change: FloatBuffer)]) {
    history = Array(pairs.suffix(memory))
  }

  /// Takes a step, unless the method has converged.
  ///
  /// When `objective` throws, nothing has changed.
  func step(_ objective: Objective) rethrows -> Outcome {
    let largest = Double(VectorMath.largestMagnitude(gradient.base, count: count))
    guard largest > gradientTolerance else { return Outcome(length: nil, hasConverged: true) }
    findDirection()
    var slope = VectorMath.dot(direction.base, gradient.base, count: count)
    if !(slope < 0) {
      forgetCurvature()
      findDirection()
      slope = VectorMath.dot(direction.base, gradient.base, count: count)
    }
    let first = history.isEmpty ? min(1, 1 / (-slope).squareRoot()) : 1
    let start = WolfeLineSearch.Point(step: 0, value: value, slope: slope)
    let found = try lineSearch.search(from: start, first: first) { step in
      VectorMath.move(
        from: parameters.base, by: Float(step), along: direction.base, to: trial.base,
        count: count)
      let value = try objective(trial.base, trialGradient.base)
      return WolfeLineSearch.Point(
        step: step, value: value,
        slope: VectorMath.dot(direction.base, trialGradient.base, count: count))
    }
    guard let found else { return Outcome(length: nil, hasConverged: true) }
    remember()
    parameters.set(trial)
    swap(&gradient, &trialGradient)
    let decrease = value - found.value
    value = found.value
    let scale = max(abs(value), abs(value + decrease), .leastNormalMagnitude)
    return Outcome(length: found.step, hasConverged: decrease <= valueTolerance * scale)
  }

  /// Keeps the pair of the step just found, if the curvature along it is positive.
  private func remember() {
    let pair = spares.popLast() ?? (FloatBuffer(count: count), FloatBuffer(count: count))
    for index in 0..<count {
      pair.step.base[index] = trial.base[index] - parameters.base[index]
      pair.change.base[index] = trialGradient.base[index] - gradient.base[index]
    }
    let product = VectorMath.dot(pair.step.base, pair.change.base, count: count)
    let norm = VectorMath.dot(pair.change.base, pair.change.base, count: count)
    guard product > 1e-10 * norm, product.isFinite else {
      spares.append(pair)
      return
    }
    if history.count == memory { spares.append(history.removeFirst()) }
    history.append(pair)
  }

  /// The two-loop recursion (Nocedal and Wright, 2006, algorithm 7.4).
  private func findDirection() {
    let d = direction.base
    for index in 0..<count { d[index] = -gradient.base[index] }
    guard let newest = history.last else { return }
    var factors: [Double] = []
    for pair in history.reversed() {
      let product = VectorMath.dot(pair.step.base, pair.change.base, count: count)
      let factor = VectorMath.dot(pair.step.base, d, count: count) / product
      VectorMath.add(Float(-factor), times: pair.change.base, to: d, count: count)
      factors.append(factor)
    }
    let scale =
      VectorMath.dot(newest.step.base, newest.change.base, count: count)
      / VectorMath.dot(newest.change.base, newest.change.base, count: count)
    for index in 0..<count { d[index] *= Float(scale) }
    for (pair, factor) in zip(history, factors.reversed()) {
      let product = VectorMath.dot(pair.step.base, pair.change.base, count: count)
      let correction = VectorMath.dot(pair.change.base, d, count: count) / product
      VectorMath.add(Float(factor - correction), times: pair.step.base, to: d, count: count)
    }
  }
}
