private import Glibc
private import Tensors

/// 64 bits that change little when a picture is scaled, compressed again or made a little brighter.
///
/// The picture is averaged to 32 x 32 grey values, and of their cosine transform (DCT-II) the 8 x 8
/// lowest frequencies are kept. Bit `8 * v + u` says whether the coefficient of vertical frequency
/// `v` and horizontal frequency `u` is above the median of the 63 that are not the mean; bit 0 says
/// whether the mean is at least middle grey. Coefficients too small to see count as zero, so that a
/// plain picture does not hash to noise.
package struct PerceptualHash: Hashable, Sendable {
  /// The 64 bits.
  package let bits: UInt64

  /// The hash with these bits.
  package init(bits: UInt64) { self.bits = bits }

  /// The hash of a picture.
  ///
  /// - Precondition: the picture has a pixel.
  package init(of image: Image) {
    self.init(lowFrequencies: Self.lowFrequencies(Self.greys(image)))
  }

  /// The hash of a picture whose 64 lowest frequencies are known, `8 * v + u`.
  init(lowFrequencies coefficients: [Double]) {
    let coefficients = coefficients.map { abs($0) < Self.smallest ? 0 : $0 }
    let median = coefficients.dropFirst().sorted()[31]
    var bits: UInt64 = coefficients[0] >= 128 * Double(Self.side) ? 1 : 0
    for index in 1..<64 where coefficients[index] > median { bits |= 1 << UInt64(index) }
    self.bits = bits
  }

  /// In how many bits two hashes differ, 0 to 64.
  package func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }

  /// How many grey values a side has.
  static let side = 32
  /// The coefficient of a cosine with an amplitude of about a third of one grey level.
  private static let smallest = 5.0

  /// `basis[u * side + x]`: the DCT-II with orthonormal rows, for the lowest eight frequencies.
  static let basis: [Double] = (0..<8).flatMap { frequency in
    (0..<side).map { position in
      let scale = (frequency == 0 ? 1 / Double(side) : 2 / Double(side)).squareRoot()
      return scale * cos(.pi * (Double(position) + 0.5) * Double(frequency) / Double(side))
    }
  }

  /// 32 x 32 grey values with the weights of ITU-R BT.601.
  private static func greys(_ image: Image) -> [Double] {
    let small = image.resized(width: side, height: side, interpolation: .bilinear).pixels
    return (0..<side * side).map { pixel in
      let red = 0.299 * Double(small[3 * pixel])
      let green = 0.587 * Double(small[3 * pixel + 1])
      let blue = 0.114 * Double(small[3 * pixel + 2])
      return red + green + blue
    }
  }

  private static func lowFrequencies(_ greys: [Double]) -> [Double] {
    var halves = [Double](repeating: 0, count: side * 8)
    for y in 0..<side {
      for u in 0..<8 {
        for x in 0..<side { halves[y * 8 + u] += greys[y * side + x] * basis[u * side + x] }
      }
    }
    var coefficients = [Double](repeating: 0, count: 64)
    for v in 0..<8 {
      for u in 0..<8 {
        for y in 0..<side { coefficients[v * 8 + u] += halves[y * 8 + u] * basis[v * side + y] }
      }
    }
    return coefficients
  }
}

extension Image {
  /// The bits of the picture's ``PerceptualHash``.
  ///
  /// A picture decoded at a smaller scale has nearly the same: 64 pixels on the short side suffice.
  ///
  /// - Precondition: the picture has a pixel.
  package func perceptualHash() -> UInt64 { PerceptualHash(of: self).bits }
}
