/// What is written about something.
public struct SubjectNotes: Codable, Sendable {
  /// `model`, `model_version`, `dataset`, `dataset_version` or `run`.
  public var kind: String
  /// `NAME`, `NAME@VERSION`, or the id of a run.
  public var subject: String
  /// Its own tags.
  public var tags: [String: String]
  /// Its own note.
  public var note: String?
}

/// A change of tags and note.
public struct TagRequest: Sendable {
  /// What becomes of the note.
  public enum Note: Sendable {
    /// It stays as it is.
    case kept
    /// It goes.
    case removed
    /// It becomes this text.
    case replaced(String)
  }

  /// What is written about.
  public var subject: RegistrySubject
  /// Tags that get these values.
  public var tags: [String: String]
  /// The keys of tags that go.
  public var removedTags: [String]
  /// What becomes of the note.
  public var note: Note

  /// A request that changes nothing but what is given.
  public init(
    subject: RegistrySubject, tags: [String: String] = [:], removedTags: [String] = [],
    note: Note = .kept
  ) {
    self.subject = subject
    self.tags = tags
    self.removedTags = removedTags
    self.note = note
  }
}
