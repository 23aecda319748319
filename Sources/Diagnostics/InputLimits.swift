/// Bounds on what is accepted from outside, enforced before memory is taken.
public struct InputLimits: Sendable, Hashable {
  /// The most pixels that an image may declare in its header.
  public var maximumPixels = 100_000_000
  /// The longest image file, in bytes.
  public var maximumImageBytes = 256 << 20
  /// The longest model file, in bytes.
  public var maximumModelBytes = 64 << 30
  /// The longest text file of labels or of a listing, in bytes.
  public var maximumTextBytes = 256 << 20

  /// The bounds that hold unless a caller states others.
  public init() {}

  /// The bounds that hold unless a caller states others.
  public static let standard = InputLimits()
}
