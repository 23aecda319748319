/// What making a registry did.
public struct InitializationResult: Codable, Sendable {
  /// The path of the registry's folder.
  public var registry: String
  /// The number of the newest migration that the catalogue has.
  public var schemaVersion: Int
}

/// On what to measure a model.
public struct EvaluateRequest: Sendable {
  /// The model: `NAME`, `NAME@3` or `NAME@alias`.
  public var model: String
  /// The datasets; those that its labels came from if none is given.
  public var datasets: [String]
  /// The split: `train`, `validation`, `test`, or `all`.
  public var split: String
  /// How many threads compute; all cores that the process may use if not given.
  public var threads: Int?

  /// A request for the images that training never saw.
  public init(
    model: String, datasets: [String] = [], split: String = "test", threads: Int? = nil
  ) {
    self.model = model
    self.datasets = datasets
    self.split = split
    self.threads = threads
  }
}

/// Which images to label.
public struct PredictRequest: Sendable {
  /// The model: `NAME`, `NAME@3` or `NAME@alias`.
  public var model: String
  /// The images' paths.
  public var paths: [String]
  /// How many labels each image gets, the likeliest first.
  public var top: Int
  /// How many threads compute; all cores that the process may use if not given.
  public var threads: Int?

  /// A request for the five likeliest labels of each image.
  public init(model: String, paths: [String], top: Int = 5, threads: Int? = nil) {
    self.model = model
    self.paths = paths
    self.top = top
    self.threads = threads
  }
}

/// Which relatives of a model a lineage shows.
public enum LineageDirection: String, Sendable, CaseIterable {
  /// The model and what it came from.
  case ancestors
  /// The model and what came from it.
  case descendants
  /// Both.
  case both
}

/// What pointing an alias did.
public struct AliasResult: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// The alias.
  public var alias: String
  /// The version that it names now.
  public var version: Int
  /// The version that it named before.
  public var previousVersion: Int?
}
