private import Glibc
package import Images
package import Tensors

/// A crop of random area and aspect ratio that is resized to the network's input (Szegedy et al.,
/// "Going deeper with convolutions", arXiv:1409.4842), as torchvision's `RandomResizedCrop`.
package struct RandomResizedCrop: Hashable, Sendable {
  /// The ratios that are usual.
  package static let standardRatio = 3.0 / 4...4.0 / 3

  /// The share of the image's area that is shown, in `0...1`, uniformly distributed.
  package var scale: ClosedRange<Double>
  /// The ratio of the crop's width to its height, whose logarithm is uniformly distributed; 1 has
  /// the proportions of the network's input.
  package var ratio: ClosedRange<Double>

  /// A crop with these ranges.
  package init(
    scale: ClosedRange<Double>, ratio: ClosedRange<Double> = RandomResizedCrop.standardRatio
  ) {
    self.scale = scale
    self.ratio = ratio
  }

  /// Draws the part of an image to show.
  ///
  /// A crop that does not fit is drawn again, ten times at most; after that it is the largest
  /// centred one of an allowed ratio.
  ///
  /// - Parameters:
  ///   - width: the image's width in pixels.
  ///   - height: the image's height in pixels.
  ///   - inputAspect: the width of the network's input divided by its height.
  ///   - generator: where the random numbers come from.
  /// - Returns: a window that fits in the image.
  /// - Precondition: the image has a pixel.
  package func window(
    width: Int, height: Int, inputAspect: Double = 1, using generator: inout RandomGenerator
  ) -> PixelWindow {
    for _ in 0..<10 {
      let area = Double(width * height) * generator.uniform(in: scale)
      let logarithms = log(ratio.lowerBound)...log(ratio.upperBound)
      let aspect = exp(generator.uniform(in: logarithms)) * inputAspect
      let across = Int((area * aspect).squareRoot().rounded())
      let down = Int((area / aspect).squareRoot().rounded())
      guard (1...width).contains(across), (1...height).contains(down) else { continue }
      let top = generator.next(below: height - down + 1)
      let left = generator.next(below: width - across + 1)
      return PixelWindow(left: left, top: top, width: across, height: down)
    }
    let whole = Double(width) / Double(height)
    let aspect = min(
      max(whole, ratio.lowerBound * inputAspect), ratio.upperBound * inputAspect)
    let across =
      whole > aspect ? max(Int((Double(height) * aspect).rounded()), 1) : width
    let down = whole < aspect ? max(Int((Double(width) / aspect).rounded()), 1) : height
    let (shownWidth, shownHeight) = (min(across, width), min(down, height))
    return PixelWindow(
      left: (width - shownWidth) / 2, top: (height - shownHeight) / 2, width: shownWidth,
      height: shownHeight)
  }
}

extension RandomGenerator {
  /// A number in the closed range, uniformly distributed in steps of 2⁻⁵³ of its length.
  mutating func uniform(in range: ClosedRange<Double>) -> Double {
    let share = Double(next() >> 11) * 0x1p-53
    return min(range.lowerBound + (range.upperBound - range.lowerBound) * share, range.upperBound)
  }

  /// Whether an event of this probability happens; takes one number in any case.
  mutating func happens(_ probability: Double) -> Bool {
    Double(next() >> 11) * 0x1p-53 < probability
  }
}
