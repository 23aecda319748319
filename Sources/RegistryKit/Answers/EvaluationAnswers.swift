/// What the answers of an evaluation for single images add up to.
public struct EvaluationConfusion: Codable, Sendable {
  /// The id of the run.
  public var run: String
  /// The model's name.
  public var model: String
  /// The version that was measured.
  public var version: Int
  /// The labels, in the order of the outputs.
  public var labels: [String]
  /// How many images were measured.
  public var images: Int
  /// How many images of a label were taken for a label, in the order of the labels; pairs without an
  /// image are not there.
  public var cells: [Cell]
  /// How often the model was right where it was how sure: equally wide bins, those without an image
  /// left out.
  public var calibration: [CalibrationBin]

  /// Images of one label that were taken for one label.
  public struct Cell: Codable, Sendable, Hashable {
    /// The label that they have.
    public var label: String
    /// The label that they were taken for.
    public var answer: String
    /// How many.
    public var images: Int
  }

  /// Images whose confidence lies in a bin.
  public struct CalibrationBin: Codable, Sendable, Hashable {
    /// The bound below, which does not belong to the bin.
    public var above: Double
    /// The bound above, which does.
    public var upTo: Double
    /// How many images.
    public var images: Int
    /// Their mean confidence.
    public var confidence: Double
    /// The share that was right.
    public var accuracy: Double
  }
}

/// A page of the images of an evaluation.
public struct EvaluatedImageList: Codable, Sendable {
  /// The images; those first of which the model was surest.
  public var images: [Image]
  /// How many images are passed over to get the next page; `nil` on the last.
  public var next: Int?

  /// What a model answered for an image.
  public struct Image: Codable, Sendable, Hashable {
    /// The image's SHA-256, in hexadecimal.
    public var digest: String
    /// The label that it has.
    public var label: String
    /// The label that was likeliest.
    public var answer: String
    /// The probability of the answer; `nil` where the network put out no number.
    public var confidence: Double?
  }
}
