package import Catalog

extension Registry {
  /// Changes the tags and the note of something: all of it or nothing.
  ///
  /// What is written about a model or a dataset holds for all its versions, unless one has its own.
  ///
  /// - Throws: `malformed_name` for a key, `text_too_long`, `unknown_tag`, and that there is no such
  ///   thing.
  public func tag(_ request: TagRequest) throws -> SubjectNotes {
    let note: AnnotationChange.Note =
      switch request.note {
      case .kept: .kept
      case .removed: .removed
      case .replaced(let text): .replaced(text)
      }
    let (subject, annotations) = try catalog.annotate(
      request.subject.name,
      AnnotationChange(tags: request.tags, removedTags: request.removedTags, note: note))
    return SubjectNotes(subject, annotations)
  }

  /// What is written about something itself.
  public func tags(of subject: RegistrySubject) throws -> SubjectNotes {
    let (subject, annotations) = try catalog.annotations(of: subject.name)
    return SubjectNotes(subject, annotations)
  }
}

extension SubjectNotes {
  fileprivate init(_ subject: Subject, _ annotations: Annotations) {
    self.init(
      kind: subject.kind.rawValue, subject: subject.name, tags: annotations.tags,
      note: annotations.note)
  }
}

extension RegistrySubject {
  /// The same for the catalogue.
  package var name: SubjectName {
    switch self {
    case .model(let text): .model(text)
    case .dataset(let text): .dataset(text)
    case .run(let text): .run(text)
    }
  }
}
