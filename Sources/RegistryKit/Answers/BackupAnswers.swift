/// What a backup did.
public struct BackupResult: Codable, Sendable {
  /// The folder of the backup, which is a registry itself.
  public var backup: String
  /// The number of the newest migration that its catalogue has.
  public var schemaVersion: Int
  /// How many objects it has.
  public var objects: Int
  /// How many of them are new there.
  public var objectsAdded: Int
  /// How many bytes these have.
  public var bytesAdded: Int
  /// Objects that no longer have their digests, which were left out.
  public var corrupt: [String]
  /// Objects that are not there.
  public var missing: [String]
  /// How long it took, in seconds.
  public var seconds: Double
}
