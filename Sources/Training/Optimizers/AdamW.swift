private import Glibc

/// Adam with decoupled weight decay, as PyTorch's `AdamW`
/// (Loshchilov and Hutter, 2019, arXiv:1711.05101).
final class AdamW {
  /// The constants of the method.
  struct Settings: Sendable {
    var firstDecay = 0.9
    var secondDecay = 0.999
    var epsilon = 1e-8
    var weightDecay = 0.0
  }

  let settings: Settings
  /// The moving mean of the gradient; PyTorch's `exp_avg`.
  let firstMoment: FloatBuffer
  /// The moving mean of its square; PyTorch's `exp_avg_sq`.
  let secondMoment: FloatBuffer
  /// How many steps were taken.
  var steps = 0
  private let decaying: [Range<Int>]

  /// For a vector of `count` parameters, of which weight decay draws the parts `decaying` to zero.
  init(count: Int, decaying: [Range<Int>], settings: Settings) {
    self.settings = settings
    self.decaying = decaying
    firstMoment = FloatBuffer(count: count)
    secondMoment = FloatBuffer(count: count)
  }

  /// Takes a step against `gradient`.
  func step(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, rate: Double
  ) {
    steps += 1
    let kept = Float(1 - rate * settings.weightDecay)
    for range in decaying {
      for index in range { parameters[index] *= kept }
    }
    let firstCorrection = 1 - pow(settings.firstDecay, Double(steps))
    let secondCorrection = (1 - pow(settings.secondDecay, Double(steps))).squareRoot()
    let size = Float(rate / firstCorrection)
    let inverse = Float(1 / secondCorrection)
    let first = firstMoment.base
    let second = secondMoment.base
    let newFirst = Float(1 - settings.firstDecay)
    let oldSecond = Float(settings.secondDecay)
    let newSecond = Float(1 - settings.secondDecay)
    let epsilon = Float(settings.epsilon)
    for index in 0..<firstMoment.count {
      let slope = gradient[index]
      first[index] += newFirst * (slope - first[index])
      second[index] = oldSecond * second[index] + newSecond * slope * slope
      parameters[index] -= size * first[index] / (second[index].squareRoot() * inverse + epsilon)
    }
  }
}
