private import Glibc

extension RandomGenerator {
  /// A number of the beta distribution in `0...1`: `X / (X + Y)` for `X` and `Y` of gamma
  /// distributions with the shapes `alpha` and `beta`.
  ///
  /// - Precondition: both parameters are positive and finite.
  package mutating func beta(_ alpha: Double, _ beta: Double) -> Double {
    // Small shapes give numbers too small for a quotient; their logarithms are not.
    let first = logGamma(shape: alpha)
    let second = logGamma(shape: beta)
    return 1 / (1 + exp(second - first))
  }

  /// The logarithm of a number of the gamma distribution with scale 1 (Marsaglia and Tsang, "A
  /// simple method for generating gamma variables", ACM Transactions on Mathematical Software 26,
  /// 2000).
  ///
  /// - Precondition: `shape` is positive and finite.
  package mutating func logGamma(shape: Double) -> Double {
    precondition(shape > 0 && shape.isFinite, "a gamma distribution has a positive shape")
    if shape < 1 {
      let larger = logGamma(shape: shape + 1)
      return larger + log(positiveUniform()) / shape
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = Double(normal())
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if log(positiveUniform()) < x * x / 2 + d - d * v + d * log(v) { return log(d * v) }
    }
  }

  /// A number in `(0, 1]`.
  private mutating func positiveUniform() -> Double { (Double(next() >> 11) + 1) * 0x1p-53 }
}
