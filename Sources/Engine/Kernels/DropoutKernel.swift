/// Random zeros that depend on a key and a place alone: every thread, and the backward pass, makes
/// the same ones.
///
/// Random bits are what SplitMix64 gives for the key plus the number of the place
/// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
enum DropoutKernel {
  /// A key of its own for each layer and image of a step; `seed` is a number for the run and the
  /// step.
  static func key(seed: UInt64, layer: Int, image: Int) -> UInt64 {
    let step = mix(seed &+ gamma)
    let place = mix(step ^ UInt64(truncatingIfNeeded: layer) &* gamma)
    return mix(place ^ UInt64(truncatingIfNeeded: image) &* gamma)
  }

  /// Zeroes each of `count` numbers with probability `rate` and divides the rest by `1 - rate`; `y`
  /// may be `x`.
  ///
  /// With the output's gradient in place of `x` it gives the gradient of the input. A number of an
  /// empty lane stays zero.
  static func forward(
    _ x: UnsafePointer<Float>, count: Int, rate: Float, key: UInt64,
    into y: UnsafeMutablePointer<Float>
  ) {
    let threshold = UInt32(Double(rate) * 0x1p32)
    let factor = 1 / (1 - rate)
    var index = 0
    var counter = key
    while index < count {
      counter &+= gamma
      // Two numbers from 64 bits.
      let bits = mix(counter)
      y[index] = UInt32(truncatingIfNeeded: bits) >= threshold ? x[index] * factor : 0
      if index + 1 < count {
        y[index + 1] = UInt32(bits >> 32) >= threshold ? x[index + 1] * factor : 0
      }
      index += 2
    }
  }

  /// What stochastic depth multiplies an image with: 0 with probability `rate`, else
  /// `1 / (1 - rate)`.
  ///
  /// It is the same for the gradient. ``MultiplyKernel/scale(_:by:count:into:)`` multiplies.
  static func imageFactor(rate: Float, key: UInt64) -> Float {
    let threshold = UInt32(Double(rate) * 0x1p32)
    return UInt32(truncatingIfNeeded: mix(key &+ gamma)) >= threshold ? 1 / (1 - rate) : 0
  }

  /// 2⁶⁴ divided by the golden ratio.
  private static let gamma: UInt64 = 0x9e37_79b9_7f4a_7c15

  @inline(__always)
  private static func mix(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }
}
