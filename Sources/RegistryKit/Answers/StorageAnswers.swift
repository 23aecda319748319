/// Bytes on the disk beside the bytes that separate files would take.
public struct StorageUse: Codable, Sendable, Hashable {
  /// The bytes that were added to the registry.
  public var ownBytes: Int
  /// The bytes of tensors that are the base's.
  public var sharedBytes: Int
  /// The bytes of all tensors, were each version a file of its own.
  public var separateBytes: Int
  /// How many times more bytes separate files would take; `nil` when nothing was added.
  public var ratio: Double?

  init(ownBytes: Int, sharedBytes: Int, separateBytes: Int) {
    self.ownBytes = ownBytes
    self.sharedBytes = sharedBytes
    self.separateBytes = separateBytes
    ratio = ownBytes > 0 ? Double(separateBytes) / Double(ownBytes) : nil
  }
}

/// What the registry takes on the disk, model by model.
public struct StorageReport: Codable, Sendable {
  /// The newest models, the newest first.
  public var models: [Model]
  /// Everything that is stored, by kind.
  public var objects: Objects
  /// The packs of all models, beside the files that all versions would be.
  public var total: StorageUse

  /// The versions of a model together.
  public struct Model: Codable, Sendable {
    /// The model's name.
    public var model: String
    /// How many versions it has.
    public var versions: Int
    /// What they take.
    public var use: StorageUse
  }

  /// Stored files by kind.
  public struct Objects: Codable, Sendable {
    /// Images as they came.
    public var images: Count
    /// Tensors of model versions.
    public var packs: Count
    /// What unfinished runs need to go on.
    public var checkpoints: Count
    /// What can be computed again and may be deleted at any time.
    public var cache: Count
  }

  /// A number of files.
  public struct Count: Codable, Sendable, Hashable {
    /// How many there are.
    public var count: Int
    /// How many bytes they have.
    public var bytes: Int
  }
}

/// What the versions of one model take on the disk.
public struct ModelStorage: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// Its versions, the newest first.
  public var versions: [Version]
  /// What they take together.
  public var total: StorageUse

  /// One version.
  public struct Version: Codable, Sendable {
    /// The version.
    public var version: Int
    /// The version it was derived from.
    public var base: ModelName?
    /// What it takes.
    public var use: StorageUse
    /// How many tensors it has.
    public var tensors: Int
    /// How many of them are stored as deltas.
    public var deltaTensors: Int
    /// The bytes of these deltas.
    public var deltaBytes: Int
    /// The bytes of the tensors that they stand for.
    public var deltaTensorBytes: Int
  }
}
