/// How a picture becomes a network's input `[3, height, width]`: part of every model version, since
/// weights are of use only with the preprocessing they were trained with.
///
/// The short side is resized to ``shortSide``, the centre cropped, and each channel of the values
/// in `0...1` normalized as `(value - mean) / standardDeviation`.
public struct Preprocessing: Codable, Hashable, Sendable {
  /// The length in pixels that the shorter side is resized to.
  public var shortSide: Int
  /// The height in pixels of the centre crop.
  public var cropHeight: Int
  /// The width in pixels of the centre crop.
  public var cropWidth: Int
  /// The filter of the resize.
  public var interpolation: Interpolation
  /// What is subtracted from red, green and blue in `0...1`.
  public var mean: [Float]
  /// What red, green and blue are divided by afterwards.
  public var standardDeviation: [Float]

  /// A description of a square or oblong input.
  public init(
    shortSide: Int, cropHeight: Int, cropWidth: Int, interpolation: Interpolation, mean: [Float],
    standardDeviation: [Float]
  ) {
    self.shortSide = shortSide
    self.cropHeight = cropHeight
    self.cropWidth = cropWidth
    self.interpolation = interpolation
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// The shape of one preprocessed picture: `[3, height, width]`.
  package var inputShape: Shape { Shape([3, cropHeight, cropWidth]) }

  /// How many numbers one preprocessed picture has.
  public var elementCount: Int { 3 * cropHeight * cropWidth }
}

/// The filter of a resize, antialiased when it shrinks, as Pillow's filter of the same name.
public enum Interpolation: String, Codable, Hashable, Sendable {
  /// A triangle of support 1.
  case bilinear
  /// Keys' cubic with a = -0.5, of support 2.
  case bicubic
}
