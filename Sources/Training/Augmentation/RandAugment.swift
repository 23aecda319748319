package import Images
package import Tensors

/// Some operations drawn from fourteen, all of one strength (Cubuk et al., "RandAugment: practical
/// automated data augmentation with a reduced search space", arXiv:1909.13719), with the ranges of
/// torchvision's `RandAugment`.
package struct RandAugment: Hashable, Sendable {
  /// How many operations one image goes through, each drawn anew.
  package var operations: Int
  /// The strength of each operation, in ``magnitudes``.
  package var magnitude: Int

  /// The strengths from none to the strongest.
  package static let magnitudes = 0...30

  /// An operation on an image.
  package enum Operation: CaseIterable, Sendable {
    case identity
    case shearX
    case shearY
    case translateX
    case translateY
    case rotate
    case brightness
    case saturation
    case contrast
    case sharpness
    case posterize
    case solarize
    case autocontrast
    case equalize
  }

  /// Operations of this number and strength.
  package init(operations: Int, magnitude: Int) {
    self.operations = operations
    self.magnitude = magnitude
  }

  /// The image after random operations.
  ///
  /// - Parameters:
  ///   - image: an image of the size of the network's input.
  ///   - fill: the colour of what a movement uncovers.
  ///   - generator: where the random numbers come from: two for each operation.
  /// - Returns: an image of the same size.
  package func applied(
    to image: Image, fill: [UInt8], using generator: inout RandomGenerator
  ) -> Image {
    var changed = image
    let all = Operation.allCases
    for _ in 0..<operations {
      let operation = all[generator.next(below: all.count)]
      let isNegative = generator.next(below: 2) == 1
      changed = apply(operation, isNegative: isNegative, to: changed, fill: fill)
    }
    return changed
  }

  /// The image after one operation of the given ``magnitude``.
  ///
  /// - Parameters:
  ///   - operation: what to do.
  ///   - isNegative: which way to go, for operations that have two.
  ///   - image: the image.
  ///   - fill: the colour of what a movement uncovers.
  /// - Returns: an image of the same size.
  package func apply(
    _ operation: Operation, isNegative: Bool, to image: Image, fill: [UInt8]
  ) -> Image {
    let strength = Double(magnitude) / Double(Self.magnitudes.upperBound)
    let signed = isNegative ? -strength : strength
    let factor = Float(1 + 0.9 * signed)
    switch operation {
    case .identity: return image
    case .shearX: return image.transformed(by: .shear(x: 0.3 * signed, y: 0), fill: fill)
    case .shearY: return image.transformed(by: .shear(x: 0, y: 0.3 * signed), fill: fill)
    case .translateX:
      let distance = (Self.longestTranslation * Double(image.width) * signed).rounded(.towardZero)
      return image.transformed(by: .translation(x: distance, y: 0), fill: fill)
    case .translateY:
      let distance = (Self.longestTranslation * Double(image.height) * signed).rounded(.towardZero)
      return image.transformed(by: .translation(x: 0, y: distance), fill: fill)
    case .rotate:
      return image.transformed(
        by: .rotation(degrees: 30 * signed, width: image.width, height: image.height), fill: fill)
    case .brightness: return image.withBrightness(factor)
    case .saturation: return image.withSaturation(factor)
    case .contrast: return image.withContrast(factor)
    case .sharpness: return image.withSharpness(factor)
    case .posterize:
      return image.posterized(bits: 8 - Int((4 * strength).rounded(.toNearestOrEven)))
    case .solarize: return image.solarized(threshold: Int((255 * (1 - strength)).rounded(.up)))
    case .autocontrast: return image.autocontrasted()
    case .equalize: return image.equalized()
    }
  }

  /// The share of a side by which the strongest translation moves: 150 pixels of 331 in the paper.
  private static let longestTranslation = 150.0 / 331
}
