private import Glibc
private import Images
package import Tensors

/// A rectangle of random area and aspect ratio that is set to the mean colour (Zhong et al., "Random
/// erasing data augmentation", arXiv:1708.04896), with the ranges of torchvision's `RandomErasing`.
package enum RandomErasing {
  /// The share of the area that is erased.
  package static let scale = 0.02...0.33
  /// The ratio of the rectangle's height to its width, whose logarithm is uniformly distributed.
  package static let ratio = 0.3...3.3

  /// Sets a random rectangle of all channels to zero.
  ///
  /// A rectangle as large as the image is drawn again; after ten of them nothing is erased.
  ///
  /// - Parameters:
  ///   - image: normalized numbers `[channels, height, width]`.
  ///   - height: the height in pixels.
  ///   - width: the width in pixels.
  ///   - generator: where the random numbers come from.
  package static func apply(
    to image: UnsafeMutableBufferPointer<Float>, height: Int, width: Int,
    using generator: inout RandomGenerator
  ) {
    guard let window = window(height: height, width: width, using: &generator) else { return }
    let planeCount = height * width
    for plane in 0..<image.count / planeCount {
      for row in window.top..<window.top + window.height {
        let start = plane * planeCount + row * width + window.left
        image[start..<start + window.width].update(repeating: 0)
      }
    }
  }

  /// Draws the rectangle to erase; `nil` when ten draws were too large.
  private static func window(
    height: Int, width: Int, using generator: inout RandomGenerator
  ) -> PixelWindow? {
    for _ in 0..<10 {
      let area = Double(width * height) * generator.uniform(in: scale)
      let aspect = exp(generator.uniform(in: log(ratio.lowerBound)...log(ratio.upperBound)))
      let down = Int((area * aspect).squareRoot().rounded())
      let across = Int((area / aspect).squareRoot().rounded())
      guard (1..<max(height, 2)).contains(down), (1..<max(width, 2)).contains(across),
        down <= height, across <= width
      else { continue }
      let top = generator.next(below: height - down + 1)
      let left = generator.next(below: width - across + 1)
      return PixelWindow(left: left, top: top, width: across, height: down)
    }
    return nil
  }
}
