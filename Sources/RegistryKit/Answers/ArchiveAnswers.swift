/// Which models become an archive, and where.
public struct ArchiveExportRequest: Sendable {
  /// The models: `NAME`, `NAME@3` or `NAME@alias`.
  public var models: [String]
  /// The path of the file.
  public var path: String
  /// Whether a file that is there is replaced.
  public var isReplacing: Bool

  /// A request that leaves a file that is there alone.
  public init(models: [String], path: String, isReplacing: Bool = false) {
    self.models = models
    self.path = path
    self.isReplacing = isReplacing
  }
}

/// What writing an archive did.
public struct ArchiveExportResult: Codable, Sendable {
  /// `archive`.
  public var format = "archive"
  /// The path of the file, as it was given.
  public var path: String
  /// The length of the file.
  public var bytes: Int
  /// The SHA-256 of the file, in hexadecimal, as `sha256sum` prints it.
  public var digest: String
  /// The model versions in it, the oldest first.
  public var models: [ModelName]
  /// The datasets in it with their newest version there, as `NAME@VERSION`.
  public var datasets: [String]
  /// How many runs are in it.
  public var runs: Int
  /// How many images.
  public var images: Int
  /// How many tensors, each once.
  public var tensors: Int
  /// How many signatures.
  public var signatures: Int
  /// How many recalls, those that were undone too.
  public var recalls: Int
}

/// Which archive is read, and how its names are changed.
public struct ArchiveImportRequest: Sendable {
  /// The path of the file.
  public var path: String
  /// New names of models and datasets by their names in the archive.
  public var newNames: [String: String]

  /// A request that keeps all names that it does not change.
  public init(path: String, newNames: [String: String] = [:]) {
    self.path = path
    self.newNames = newNames
  }
}

/// What reading an archive did.
public struct ArchiveImportResult: Codable, Sendable {
  /// The path of the file, as it was given.
  public var path: String
  /// The model versions of the archive, the oldest first.
  public var models: [Version]
  /// How many dataset versions.
  public var datasetVersions: Count
  /// How many runs.
  public var runs: Count
  /// How many images.
  public var images: Count
  /// How many aliases; one that points elsewhere here is left there and counts as present.
  public var aliases: Count
  /// How many signatures.
  public var signatures: Count
  /// How many signatures were left out since they are for models of other names.
  public var signaturesLeftOut: Int
  /// How many recalls; a version that is recalled here stays recalled, and one whose recall was undone
  /// here is not recalled again by the same recall: both count as present.
  public var recalls: Count
  /// How many bytes the registry grew by, its catalogue aside.
  public var bytesAdded: Int

  /// A model version of an archive.
  public struct Version: Codable, Sendable {
    /// The model's name here.
    public var model: String
    /// The version.
    public var version: Int
    /// Whether the registry did not have it before.
    public var isAdded: Bool

    enum CodingKeys: String, CodingKey {
      case model, version
      case isAdded = "added"
    }
  }

  /// How many things of a kind came, and how many were here already.
  public struct Count: Codable, Sendable {
    /// How many are new.
    public var added = 0
    /// How many were here before.
    public var present = 0

    /// Counts one.
    mutating func count(isNew: Bool) {
      if isNew { added += 1 } else { present += 1 }
    }
  }
}
