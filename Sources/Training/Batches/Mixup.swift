package import Tensors

/// Mixes the images of a batch in pairs, and their targets with them (Zhang et al., "mixup: beyond
/// empirical risk minimization", arXiv:1710.09412).
///
/// Image `i` of a batch of `N` has the partner `N - 1 - i`, as in timm; the batch is in random order
/// already.
package struct Mixup: Codable, Hashable, Sendable {
  /// Both parameters of the beta distribution that shares are drawn from: 0.2 mixes little, 1 any
  /// share alike.
  package let alpha: Double

  /// - Precondition: `alpha` is positive.
  package init(alpha: Double) {
    precondition(alpha > 0, "a beta distribution has positive parameters")
    self.alpha = alpha
  }

  /// Draws the share that each image of a batch keeps, in `0...1`.
  package func share(using generator: inout RandomGenerator) -> Float {
    Float(generator.beta(alpha, alpha))
  }

  /// Replaces each image by `share` of itself and `1 - share` of its partner.
  ///
  /// - Parameters:
  ///   - images: `[count, ...]`, row-major.
  ///   - count: how many images there are.
  ///   - share: what an image keeps, in `0...1`.
  package static func mix(
    _ images: UnsafeMutableBufferPointer<Float>, count: Int, share: Float
  ) {
    guard count > 1, share < 1 else { return }
    let length = images.count / count
    for first in 0..<count / 2 {
      let (left, right) = (first * length, (count - 1 - first) * length)
      for index in 0..<length {
        let (a, b) = (images[left + index], images[right + index])
        images[left + index] = share * a + (1 - share) * b
        images[right + index] = share * b + (1 - share) * a
      }
    }
  }

  /// The targets of a mixed batch, `[labels.count, labelCount]`: `share` of the image's label and
  /// `1 - share` of its partner's.
  ///
  /// They are not smoothed: the loss does that, whose mean divides by their weights.
  ///
  /// - Precondition: each label is in `0..<labelCount`.
  package static func targets(labels: [Int], labelCount: Int, share: Float = 1) -> [Float] {
    var targets = [Float](repeating: 0, count: labels.count * labelCount)
    for (row, label) in labels.enumerated() {
      let partner = labels[labels.count - 1 - row]
      if partner == label {
        targets[row * labelCount + label] = 1
      } else {
        targets[row * labelCount + label] = share
        targets[row * labelCount + partner] = 1 - share
      }
    }
    return targets
  }
}
