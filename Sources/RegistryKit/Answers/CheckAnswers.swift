/// What to look for in a dataset.
public struct CheckRequest: Sendable {
  /// The dataset: `NAME` or `NAME@3`.
  public var dataset: String
  /// The model whose features and labels count: `NAME`, `NAME@3` or `NAME@alias`.
  ///
  /// Without one, the newest model that was made for the dataset takes its place if the activation
  /// cache has all images.
  public var model: String?
  /// From where on something is worth telling.
  public var thresholds: CheckThresholds
  /// How many threads compute; all cores that the process may use if not given.
  public var threads: Int?

  /// A request with the usual thresholds.
  public init(
    dataset: String, model: String? = nil, thresholds: CheckThresholds = CheckThresholds(),
    threads: Int? = nil
  ) {
    self.dataset = dataset
    self.model = model
    self.thresholds = thresholds
    self.threads = threads
  }
}

/// From where on a check tells of something.
public struct CheckThresholds: Codable, Sendable, Hashable {
  /// How alike the thumbnails of two pictures are at least: a correlation, at most 1.
  public var correlation = 0.95
  /// How alike the features of two pictures are at least: a cosine, at most 1.
  public var cosine = 0.9
  /// A picture is tiny when its short side has fewer pixels.
  public var tiny = 64
  /// A picture is blurred when the variance of its Laplacian, over that of the picture, is lower.
  public var blurred = 0.01
  /// A picture is dark when 95 of 100 pixels are darker, from 0 to 1.
  public var dark = 0.3
  /// A picture is over-exposed when 75 of 100 pixels are brighter, from 0 to 1.
  public var overexposed = 0.8
  /// A picture is grey when the channels of 95 of 100 pixels differ by less, from 0 to 1.
  public var grey = 0.04
  /// A picture's proportions are odd when its long side is longer by more than that factor.
  public var aspect = 3.0

  /// The usual ones.
  public init() {}
}

/// What a check of a dataset found.
public struct CheckResult: Codable, Sendable {
  /// The dataset's name.
  public var dataset: String
  /// The version.
  public var version: Int
  /// How many images were looked at.
  public var images: Int
  /// The model whose features were compared; `nil` when there was none.
  public var model: ModelName?
  /// From where on something was told.
  public var thresholds: CheckThresholds
  /// How many pairs of images in different splits are too alike.
  public var leaks: Int
  /// Pairs of images that are too alike, leaks first, then the most alike.
  public var duplicates: [Duplicate]
  /// Images that are hardly worth training on, by kind, the worst first.
  public var defects: [Defect]
  /// Images whose label is probably wrong, the most doubtful first; `nil` without a model.
  public var labelIssues: [LabelIssue]?
  /// The images with the highest loss; `nil` without a model.
  public var hardest: [HardImage]?
  /// How many statistics were read from the cache, and how many images were measured.
  public var cache: CacheUse
  /// How long it took.
  public var seconds: Double

  /// An image of the dataset.
  public struct Image: Codable, Sendable, Hashable {
    /// The SHA-256 of its file.
    public var digest: String
    /// The path that it was imported from.
    public var path: String
    /// Its label.
    public var label: String
    /// `train`, `validation` or `test`.
    public var split: String
  }

  /// Two images that are too alike.
  public struct Duplicate: Codable, Sendable {
    /// How they are alike.
    public var kind: Kind
    /// Whether they are in different splits.
    public var isLeak: Bool
    /// Whether they have different labels.
    public var labelsDiffer: Bool
    /// The two; of a crop, the picture that it was cut from comes first.
    public var images: [Image]
    /// The correlation of their thumbnails; for `features` the cosine of their features.
    public var similarity: Double
    /// The part of the first that the second shows, as shares of its sides: left, top, right, bottom;
    /// for a crop.
    public var window: [Double]?

    /// How two images are alike.
    public enum Kind: String, Codable, Sendable, CaseIterable {
      /// Their files differ, and the pixels are the same.
      case exact
      /// They show the same, in another size, quality or brightness.
      case near
      /// The second shows a part of the first.
      case crop
      /// A network sees nearly the same in them.
      case features
    }
  }

  /// An image that is hardly worth training on.
  public struct Defect: Codable, Sendable {
    /// What is wrong.
    public var kind: Kind
    /// The image.
    public var image: Image
    /// The figure that is below or above the threshold of its kind.
    public var value: Double

    /// What can be wrong with a picture.
    public enum Kind: String, Codable, Sendable, CaseIterable {
      case tiny, blurred, dark, overexposed, grey
      case oddAspect = "odd_aspect"
    }
  }

  /// An image whose label is probably wrong.
  public struct LabelIssue: Codable, Sendable {
    /// The image.
    public var image: Image
    /// The label that it probably should have; where labels are independent, all of them, separated by
    /// commas.
    public var suggestedLabel: String
    /// The probability of the label that it has, by a head that was not fitted to it; where labels are
    /// independent, of having or not having the one in question.
    public var probability: Double
    /// The probability of the suggested label.
    public var suggestedProbability: Double
  }

  /// An image with a high loss.
  public struct HardImage: Codable, Sendable {
    /// The image.
    public var image: Image
    /// The likeliest label, by a head that was not fitted to it; where labels are independent, all that
    /// are likelier than not.
    public var predictedLabel: String
    /// The cross-entropy of its label in nats; where labels are independent, the mean over all labels.
    public var loss: Double
  }
}
