package import Diagnostics

/// What is done to training images, each drawn anew for each view.
///
/// The order is that of torchvision's and timm's training transforms: crop and resize, flip,
/// rotation, RandAugment, colour jitter, normalization, erasing.
package struct Augmentation: Hashable, Sendable {
  /// The random crop that is resized to the network's input; `nil` for the resize and centre crop of
  /// evaluation.
  package var crop: RandomResizedCrop?
  /// The probability with which left and right are swapped, in `0...1`.
  package var horizontalFlip = 0.0
  /// The largest angle of a rotation to either side, in degrees, in `0...180`.
  package var rotation = 0.0
  /// Random changes of brightness, contrast, saturation and hue.
  package var colorJitter = ColorJitter()
  /// Random operations of one strength; `nil` for none.
  package var randAugment: RandAugment?
  /// The probability with which a rectangle is erased, in `0...1`.
  package var randomErasing = 0.0

  /// An augmentation that changes nothing.
  package init() {}

  /// The images as in evaluation.
  package static let none = Augmentation()

  /// Crops of at least 60 % of the area, and flips.
  package static let light = Augmentation(crop: RandomResizedCrop(scale: 0.6...1))

  /// Crops of at least 35 % of the area, flips, and a mild jitter of colours: for fine-tuning.
  package static let standard = Augmentation(
    crop: RandomResizedCrop(scale: 0.35...1),
    colorJitter: ColorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.02))

  /// Crops of at least 8 % of the area, flips, two operations of RandAugment of strength 9, and
  /// erasing of every fourth image: for large datasets and training from scratch.
  package static let strong = Augmentation(
    crop: RandomResizedCrop(scale: 0.08...1),
    randAugment: RandAugment(operations: 2, magnitude: 9), randomErasing: 0.25)

  /// The presets by the names that ``init(parsing:)`` knows.
  package static let presets: [(name: String, augmentation: Augmentation)] = [
    ("none", .none), ("light", .light), ("standard", .standard), ("strong", .strong),
  ]

  /// Whether every view is the image as in evaluation.
  package var isNone: Bool { self == .none }

  /// A preset: all of them flip half of the images.
  private init(
    crop: RandomResizedCrop, colorJitter: ColorJitter = ColorJitter(),
    randAugment: RandAugment? = nil, randomErasing: Double = 0
  ) {
    self.crop = crop
    horizontalFlip = 0.5
    self.colorJitter = colorJitter
    self.randAugment = randAugment
    self.randomErasing = randomErasing
  }
}

extension Augmentation: Codable {
  /// Reads the text that ``settings`` gives.
  package init(from decoder: any Decoder) throws {
    try self.init(parsing: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes ``settings``, which stay what they are when a preset changes.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(settings)
  }
}

extension RegistryError.Code {
  /// A description of an augmentation names something unknown or has a value out of its range.
  package static let malformedAugmentation = Self("malformed_augmentation", .usage)
}
