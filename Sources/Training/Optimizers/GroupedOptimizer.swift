private import Glibc

/// SGD with momentum or AdamW on a flat vector of parameters in groups, as `torch.optim.SGD` and
/// `torch.optim.AdamW`.
///
/// Groups can be inactive, as long as their layers are frozen: a step changes neither their
/// parameters nor what is remembered of them. Each group counts its own steps, so one that becomes
/// active late starts as it would have started at first.
package struct GroupedOptimizer: Sendable {
  /// A method and its constants, with the defaults of timm for SGD and of PyTorch for AdamW.
  package enum Kind: Codable, Hashable, Sendable {
    /// Stochastic gradient descent with momentum, Nesterov's or the classical one
    /// (Sutskever et al., "On the importance of initialization and momentum in deep learning",
    /// 2013). Weight decay is added to the gradient.
    case sgd(momentum: Double = 0.9, nesterov: Bool = true)
    /// Adam with decoupled weight decay
    /// (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, arXiv:1711.05101).
    case adamw(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
  }

  package let kind: Kind
  package let groups: [ParameterGroup]
  /// How many parameters there are.
  package let count: Int
  /// Which groups take part, one flag for each; all of them at first.
  ///
  /// It is no part of the saved state, as it follows from the epoch.
  package private(set) var isActive: [Bool]
  /// How many steps each group took.
  package internal(set) var steps: [Int]
  /// The moving mean of the gradient `[count]`: `momentum_buffer` of SGD, `exp_avg` of AdamW.
  var firstMoment: [Float]
  /// The moving mean of the squared gradient `[count]`, `exp_avg_sq` of AdamW; empty for SGD.
  var secondMoment: [Float]

  /// An optimizer that has taken no step.
  ///
  /// - Precondition: the groups lie within `0..<count` and do not overlap.
  package init(kind: Kind, groups: [ParameterGroup], count: Int) {
    let ranges = groups.map(\.range).sorted { $0.lowerBound < $1.lowerBound }
    precondition(
      ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= count }
        && zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound },
      "groups are disjoint parts of the vector")
    self.kind = kind
    self.groups = groups
    self.count = count
    isActive = [Bool](repeating: true, count: groups.count)
    steps = [Int](repeating: 0, count: groups.count)
    firstMoment = [Float](repeating: 0, count: count)
    secondMoment =
      switch kind {
      case .sgd: []
      case .adamw: [Float](repeating: 0, count: count)
      }
  }

  /// Makes the groups active whose layer the condition holds for, and no others.
  package mutating func activate(where condition: (String) -> Bool) {
    isActive = groups.map { condition($0.layer) }
  }

  /// Takes a step against the gradients in all active groups.
  ///
  /// - Parameters:
  ///   - parameters: The vector to change `[count]`.
  ///   - gradients: The gradient of the loss `[count]`; only its active groups are read.
  ///   - learningRate: The rate, before the groups' multipliers.
  ///   - weightDecay: The decay of groups that decay.
  ///   - momentum: What takes the place of SGD's momentum or AdamW's `beta1` in this step, for
  ///     schedules that change it.
  package mutating func step(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    learningRate: Double, weightDecay: Double, momentum: Double? = nil
  ) {
    precondition(
      parameters.count == count && gradients.count == count, "vectors keep their length")
    guard let parameters = parameters.baseAddress, let gradients = gradients.baseAddress else {
      return
    }
    for (index, group) in groups.enumerated() where isActive[index] {
      steps[index] += 1
      let rate = learningRate * Double(group.learningRateMultiplier)
      let decay = group.decays ? weightDecay : 0
      firstMoment.withUnsafeMutableBufferPointer { first in
        secondMoment.withUnsafeMutableBufferPointer { second in
          guard let first = first.baseAddress else { return }
          switch kind {
          case .sgd(let usual, let nesterov):
            Self.descend(
              parameters, gradients, first, group.range, rate: rate, decay: decay,
              momentum: momentum ?? usual, nesterov: nesterov)
          case .adamw(let beta1, let beta2, let epsilon):
            guard let second = second.baseAddress else { return }
            Self.adapt(
              parameters, gradients, first, second, group.range, step: steps[index], rate: rate,
              decay: decay, beta1: momentum ?? beta1, beta2: beta2, epsilon: epsilon)
          }
        }
      }
    }
  }

  /// `v = momentum v + g`, then `p -= rate v`, or with Nesterov's momentum
  /// `p -= rate (g + momentum v)`.
  ///
  /// The first step needs no case of its own: `v` is zero before.
  private static func descend(
    _ parameters: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    _ velocity: UnsafeMutablePointer<Float>, _ range: Range<Int>, rate: Double, decay: Double,
    momentum: Double, nesterov: Bool
  ) {
    let rate = Float(rate)
    let decay = Float(decay)
    let momentum = Float(momentum)
    // One loop for both: Nesterov's look ahead is `a g + b v` with other factors.
    let ofGradient: Float = nesterov ? 1 : 0
    let ofVelocity = nesterov ? momentum : 1
    for index in range {
      let gradient = gradients[index] + decay * parameters[index]
      let next = momentum * velocity[index] + gradient
      velocity[index] = next
      parameters[index] -= rate * (ofGradient * gradient + ofVelocity * next)
    }
  }

  /// `m += (1 - beta1) (g - m)`, `v = beta2 v + (1 - beta2) g²`, then
  /// `p -= rate m̂ / (√v̂ + epsilon)` with the bias of both means corrected.
  private static func adapt(
    _ parameters: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    _ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>,
    _ range: Range<Int>, step: Int, rate: Double, decay: Double, beta1: Double, beta2: Double,
    epsilon: Double
  ) {
    let kept = Float(1 - rate * decay)
    let size = Float(rate / (1 - pow(beta1, Double(step))))
    let inverse = Float(1 / (1 - pow(beta2, Double(step))).squareRoot())
    let newFirst = Float(1 - beta1)
    let oldSecond = Float(beta2)
    let newSecond = Float(1 - beta2)
    let epsilon = Float(epsilon)
    // Explicit vectors, as the compiler leaves a loop with a square root scalar; the last ones of a
    // range are computed in a vector that is not full.
    for index in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
      let lanes = min(8, range.upperBound - index)
      let gradient = load(gradients + index, lanes)
      let mean = load(first + index, lanes)
      let square = load(second + index, lanes)
      let nextMean = mean + newFirst * (gradient - mean)
      let nextSquare = oldSecond * square + newSecond * gradient * gradient
      let value = load(parameters + index, lanes)
      let next =
        kept * value - size * nextMean / (nextSquare.squareRoot() * inverse + epsilon)
      store(nextMean, to: first + index, lanes)
      store(nextSquare, to: second + index, lanes)
      store(next, to: parameters + index, lanes)
    }
  }
}

/// The first `lanes` of eight numbers, and zeros.
@inline(__always)
private func load(_ pointer: UnsafePointer<Float>, _ lanes: Int) -> SIMD8<Float> {
  guard lanes < 8 else {
    return UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
  }
  var value = SIMD8<Float>.zero
  for lane in 0..<lanes { value[lane] = pointer[lane] }
  return value
}

/// Writes the first `lanes` of eight numbers.
@inline(__always)
private func store(_ value: SIMD8<Float>, to pointer: UnsafeMutablePointer<Float>, _ lanes: Int) {
  guard lanes < 8 else {
    UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: SIMD8<Float>.self)
    return
  }
  for lane in 0..<lanes { pointer[lane] = value[lane] }
}
