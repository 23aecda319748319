/// A dataset and a version, as answers refer to them.
public struct DatasetName: Codable, Sendable, Hashable, CustomStringConvertible {
  /// The dataset's name.
  public var dataset: String
  /// The version's number, from one.
  public var version: Int

  /// `NAME@VERSION`.
  public var description: String { "\(dataset)@\(version)" }
}

/// How two dataset versions differ.
public struct DatasetDifference: Codable, Sendable {
  /// The first version.
  public var a: DatasetName
  /// The second version.
  public var b: DatasetName
  /// Images that only the second has.
  public var added: [Image]
  /// Images that only the first has.
  public var removed: [Image]
  /// Images that have other labels in the second.
  public var relabelled: [Relabelling]
  /// Images that are in another split in the second.
  public var moved: [Move]
  /// Images that belong to another group in the second.
  public var regrouped: [Regrouping]
  /// How many images both have, with the same labels, split and group.
  public var unchanged: Int

  /// An image that one version has and the other has not.
  public struct Image: Codable, Sendable, Hashable {
    /// Its SHA-256, in hexadecimal.
    public var digest: String
    /// The path that it was imported from.
    public var path: String
    /// Its labels.
    public var labels: [String]
    /// Its split.
    public var split: String
  }

  /// An image that got other labels.
  public struct Relabelling: Codable, Sendable, Hashable {
    /// Its SHA-256, in hexadecimal.
    public var digest: String
    /// The path that it was imported from.
    public var path: String
    /// Its labels in the first version.
    public var from: [String]
    /// Its labels in the second.
    public var to: [String]
  }

  /// An image that went to another split.
  public struct Move: Codable, Sendable, Hashable {
    /// Its SHA-256, in hexadecimal.
    public var digest: String
    /// The path that it was imported from.
    public var path: String
    /// Its split in the first version.
    public var from: String
    /// Its split in the second.
    public var to: String
  }

  /// An image that went to another group.
  public struct Regrouping: Codable, Sendable, Hashable {
    /// Its SHA-256, in hexadecimal.
    public var digest: String
    /// The path that it was imported from.
    public var path: String
    /// Its group in the first version, if any.
    public var from: String?
    /// Its group in the second, if any.
    public var to: String?
  }
}

/// A change of one image of a dataset.
public struct DatasetEdit: Sendable, Hashable {
  /// What is done.
  public enum Action: String, Codable, Sendable, CaseIterable {
    /// A file becomes an image of the dataset.
    case add
    /// An image goes.
    case remove
    /// An image gets other labels.
    case relabel
    /// An image goes to another split.
    case move
  }

  /// What is done.
  public var action: Action
  /// For an addition the path of the file; otherwise the path that an image was imported from, the
  /// path of any copy of it, or its digest or at least the first 8 digits.
  public var image: String
  /// The labels, for additions and other labels: one, unless labels are independent.
  public var labels: [String]
  /// The split, for moves and, where it is not to be drawn, additions.
  public var split: String?
  /// What an addition belongs to: the images of a group share a split.
  public var group: String?

  /// A change of an image.
  public init(
    _ action: Action, _ image: String, labels: [String] = [], split: String? = nil,
    group: String? = nil
  ) {
    self.action = action
    self.image = image
    self.labels = labels
    self.split = split
    self.group = group
  }
}

/// Which images of a dataset to change, all at once.
public struct DatasetEditRequest: Sendable {
  /// The dataset's name; its newest version is changed.
  public var dataset: String
  /// The changes.
  public var edits: [DatasetEdit]
  /// A JSON Lines file with further changes.
  public var listing: String?
  /// The folder that paths of additions begin in, which the dataset does not keep; the working folder
  /// if not given.
  public var folder: String?

  /// A request for these changes.
  public init(dataset: String, edits: [DatasetEdit], listing: String? = nil) {
    self.dataset = dataset
    self.edits = edits
    self.listing = listing
  }
}

/// What a change of single images did.
public struct DatasetEditResult: Codable, Sendable {
  /// The dataset's name.
  public var dataset: String
  /// The new version; the old one if nothing changed.
  public var version: Int
  /// The version that was changed.
  public var previousVersion: Int
  /// How many images the version has.
  public var images: Int
  /// How many images came, went, got other labels and went to another split.
  public var changes: Counts
  /// How many images of the version have each label.
  public var labels: [String: Int]
  /// How many images of the version are in each split.
  public var splits: [String: Int]
  /// Pairs of nearly equal images in different splits, of which the change brought at least one.
  public var leaks: [ImageImportResult.SplitLeak]

  /// How many images changed in which way.
  public struct Counts: Codable, Sendable, Hashable {
    /// Images that came.
    public var added: Int
    /// Images that went.
    public var removed: Int
    /// Images that got other labels.
    public var relabelled: Int
    /// Images that went to another split.
    public var moved: Int
  }
}

/// Where a dataset is written as an image folder.
public struct ImageExportRequest: Sendable {
  /// The dataset: `NAME` or `NAME@3`.
  public var dataset: String
  /// The folder to make; an empty one may be there.
  public var path: String

  /// A request for a folder.
  public init(dataset: String, path: String) {
    self.dataset = dataset
    self.path = path
  }
}

/// What an export of images wrote.
public struct ImageExportResult: Codable, Sendable {
  /// The dataset's name.
  public var dataset: String
  /// Its version.
  public var version: Int
  /// The folder.
  public var path: String
  /// How many images it holds.
  public var images: Int
  /// How many bytes they have.
  public var bytes: Int
  /// The file with labels, splits and groups, from which `registry import-images` reads them back.
  public var labels: String
  /// Whether the names of folders tell labels and splits, too.
  public var folders: Bool
  /// How many images got another name than they were imported with.
  public var renamed: Int
}

/// A page of the images of a dataset version.
public struct DatasetImages: Codable, Sendable {
  /// The dataset's name.
  public var dataset: String
  /// Its version.
  public var version: Int
  /// The images, ordered by label and path.
  public var images: [DatasetDifference.Image]
  /// The offset of the next page; `nil` when there are no more.
  public var next: Int?
}
