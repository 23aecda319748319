package import Images
package import Tensors

/// Random changes of brightness, contrast, saturation and hue in random order, as torchvision's
/// `ColorJitter`.
package struct ColorJitter: Hashable, Sendable {
  /// The factor of ``Image/withBrightness(_:)`` differs from 1 by at most this much.
  package var brightness = 0.0
  /// The factor of ``Image/withContrast(_:)`` differs from 1 by at most this much.
  package var contrast = 0.0
  /// The factor of ``Image/withSaturation(_:)`` differs from 1 by at most this much.
  package var saturation = 0.0
  /// The turn of ``Image/withHue(turnedBy:)`` to either side, in `0...0.5`.
  package var hue = 0.0

  /// The image with its colours changed.
  ///
  /// Takes as many random numbers whatever is changed.
  package func applied(to image: Image, using generator: inout RandomGenerator) -> Image {
    guard self != ColorJitter() else { return image }
    var steps = [0, 1, 2, 3]
    generator.shuffle(&steps)
    var changed = image
    for step in steps {
      let share = generator.uniform(in: -1...1)
      switch step {
      case 0 where brightness > 0: changed = changed.withBrightness(Float(1 + brightness * share))
      case 1 where contrast > 0: changed = changed.withContrast(Float(1 + contrast * share))
      case 2 where saturation > 0: changed = changed.withSaturation(Float(1 + saturation * share))
      case 3 where hue > 0: changed = changed.withHue(turnedBy: Float(hue * share))
      default: break
      }
    }
    return changed
  }
}
