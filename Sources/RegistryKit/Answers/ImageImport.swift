/// What to import as a dataset, and how to divide it.
public struct ImageImportRequest: Sendable {
  /// Files and folders to walk.
  public var paths: [String]
  /// The name of the dataset that receives the images.
  public var dataset: String
  /// Where labels come from.
  public var labels: LabelSource
  /// The shares of the splits; `nil` takes those of the dataset's newest version.
  public var split: SplitFractions?
  /// Which images must share a split beside near-duplicates.
  public var grouping: Grouping?
  /// The seed of the draw; `nil` takes that of the dataset's newest version, or zero.
  public var seed: Int?
  /// Whether one bad file refuses them all.
  public var isStrict: Bool

  /// A request that takes labels from folder names unless told otherwise.
  public init(
    paths: [String], dataset: String, labels: LabelSource = .folders,
    split: SplitFractions? = nil, grouping: Grouping? = nil, seed: Int? = nil,
    isStrict: Bool = false
  ) {
    self.paths = paths
    self.dataset = dataset
    self.labels = labels
    self.split = split
    self.grouping = grouping
    self.seed = seed
    self.isStrict = isStrict
  }

  /// Where labels come from.
  public enum LabelSource: Sendable, Hashable {
    /// The name of the folder that holds the image, below `train`, `val` or `test` if present.
    case folders
    /// A CSV or JSON Lines file with `path`, `label` or `labels`, and optionally `split` and group
    /// columns.
    case file(String)
  }

  /// Which images belong together, so that no split separates them.
  public enum Grouping: Sendable, Hashable {
    /// Images of one folder.
    case folder
    /// Images with the same value in that column of the label file.
    case column(String)
  }
}

/// The shares of training, validation and test images, which add up to one.
public struct SplitFractions: Sendable, Hashable, Codable {
  /// The share that a network is trained on.
  public var train: Double
  /// The share that decides when training stops.
  public var validation: Double
  /// The share that is looked at only to report results.
  public var test: Double

  /// Three shares, as given.
  public init(train: Double, validation: Double, test: Double) {
    self.train = train
    self.validation = validation
    self.test = test
  }

  /// 70 % to train, 15 % to validate, 15 % to test.
  public static let standard = SplitFractions(train: 0.7, validation: 0.15, test: 0.15)
}

/// What an import did.
public struct ImageImportResult: Codable, Sendable {
  /// The name of the dataset.
  public var dataset: String
  /// The version that holds the images now; the old one if nothing changed.
  public var version: Int
  /// How many files went which way.
  public var images: Counts
  /// How many images of the version have each label.
  public var labels: [String: Int]
  /// How many images of the version are in each split.
  public var splits: [String: Int]
  /// How many images of each label, the first key, are in each split, the second.
  public var labelSplits: [String: [String: Int]]
  /// How many images of the version have no label.
  public var unlabelled: Int
  /// Whether labels are independent, so that an image may have several, or none.
  public var multiLabel: Bool
  /// The files that were left out.
  public var rejected: [RejectedFile]
  /// Pairs of nearly equal images in different splits, of which this import brought at least one.
  public var leaks: [SplitLeak]

  /// How many files went which way.
  public struct Counts: Codable, Sendable, Hashable {
    /// Images whose bytes the registry had not seen before.
    public var added: Int
    /// Images whose bytes the registry had already.
    public var alreadyStored: Int
    /// Files with the same bytes as another file of this import.
    public var duplicates: Int
    /// Files that are no usable image.
    public var rejected: Int
  }

  /// A file that was left out.
  public struct RejectedFile: Codable, Sendable, Hashable {
    /// Its path as found.
    public var path: String
    /// Why, in one sentence.
    public var reason: String
  }

  /// Two nearly equal images of which a model would be trained on one and tested on the other.
  public struct SplitLeak: Codable, Sendable, Hashable {
    /// The source paths of the two.
    public var paths: [String]
    /// The splits they stand in.
    public var splits: [String]
    /// In how many of 64 bits their perceptual hashes differ.
    public var distance: Int
  }
}
