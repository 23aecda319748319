package import Diagnostics
import GRDB

extension RegistryError.Code {
  /// A tag is to be removed that is not there.
  package static let unknownTag = Self("unknown_tag", .notFound)
  /// The value of a tag, or a note, is longer than the bound.
  package static let textTooLong = Self("text_too_long", .usage)
}

/// What people wrote about something.
package struct Annotations: Hashable, Sendable {
  /// Values by key.
  package var tags: [String: String] = [:]
  /// A text; `nil` if there is none.
  package var note: String?

  /// What is written; nothing unless told.
  package init(tags: [String: String] = [:], note: String? = nil) {
    self.tags = tags
    self.note = note
  }
}

/// A change of what is written about a subject.
package struct AnnotationChange: Sendable {
  /// What becomes of the note.
  package enum Note: Sendable {
    case kept
    case removed
    case replaced(String)
  }

  /// The longest value of a tag, in bytes of UTF-8.
  package static let maximumValueBytes = 5000
  /// The longest note, in bytes of UTF-8.
  package static let maximumNoteBytes = 65_536

  /// Tags that get these values.
  package var tags: [String: String]
  /// The keys of tags that go.
  package var removedTags: [String]
  /// What becomes of the note.
  package var note: Note

  /// A change; nothing changes unless told.
  package init(tags: [String: String] = [:], removedTags: [String] = [], note: Note = .kept) {
    self.tags = tags
    self.removedTags = removedTags
    self.note = note
  }

  func check() throws(RegistryError) {
    for (key, value) in tags {
      try NameRule.check(key, "tag")
      try check(value, atMost: Self.maximumValueBytes, "The value of \(key)")
    }
    if case .replaced(let text) = note {
      try check(text, atMost: Self.maximumNoteBytes, "The note")
    }
  }

  private func check(
    _ text: String, atMost limit: Int, _ subject: String
  ) throws(RegistryError) {
    _ = try text.withoutNull()
    guard text.utf8.count > limit else { return }
    throw RegistryError(
      .textTooLong, "\(subject) has \(text.utf8.count) bytes; at most \(limit) are kept.",
      place: .subject(subject), remedy: "Shorten it, and say where the rest is.")
  }
}

extension CatalogDatabase {
  /// Changes tags and the note of a subject: all of it or nothing.
  ///
  /// - Returns: the subject, and what is written about it now; of a version its own only.
  /// - Throws: `malformed_name` for a key, `text_too_long`, `unknown_tag`, and that there is no such
  ///   subject.
  package func annotate(
    _ name: SubjectName, _ change: AnnotationChange
  ) throws -> (subject: Subject, annotations: Annotations) {
    try change.check()
    return try write { database in
      let subject = try database.subject(name)
      for (key, value) in change.tags.sorted(by: { $0.key < $1.key }) {
        try database.change(
          """
          INSERT INTO tags (subject_kind, subject_id, key, value) VALUES (?, ?, ?, ?)
          ON CONFLICT (subject_kind, subject_id, key) DO UPDATE SET value = excluded.value
          """, [subject.kind.rawValue, subject.id, key, value])
      }
      for key in change.removedTags { try database.removeTag(key, of: subject) }
      switch change.note {
      case .kept: break
      case .removed, .replaced(""):
        try database.change(
          "DELETE FROM notes WHERE subject_kind = ? AND subject_id = ?",
          [subject.kind.rawValue, subject.id])
      case .replaced(let text):
        try database.change(
          """
          INSERT INTO notes (subject_kind, subject_id, content, changed_at) VALUES (?, ?, ?, ?)
          ON CONFLICT (subject_kind, subject_id)
          DO UPDATE SET content = excluded.content, changed_at = excluded.changed_at
          """,
          [subject.kind.rawValue, subject.id, text, Timestamp.now().microseconds])
      }
      return (subject, try database.ownAnnotations(of: subject.kind, subject.id))
    }
  }

  /// A subject, and what is written about it; of a version its own only.
  package func annotations(
    of name: SubjectName
  ) throws -> (subject: Subject, annotations: Annotations) {
    try read { database in
      let subject = try database.subject(name)
      return (subject, try database.ownAnnotations(of: subject.kind, subject.id))
    }
  }

  /// What holds for a model version: its own tags and note, and its model's where it has none.
  package func annotations(ofModelVersion id: Int64) throws -> Annotations {
    try annotations(of: .modelVersion, [id])[id] ?? Annotations()
  }

  /// What holds for a dataset version: its own tags and note, and its dataset's where it has none.
  package func annotations(ofDatasetVersion id: Int64) throws -> Annotations {
    try annotations(of: .datasetVersion, [id])[id] ?? Annotations()
  }

  /// What is written about a run, given its whole identifier.
  package func annotations(ofRun identifier: String) throws -> Annotations {
    try read { try $0.ownAnnotations(of: .run, try $0.runID(identifier)) }
  }

  /// What holds for the subjects in these rows, of those for which anything does.
  ///
  /// The number of statements does not depend on that of the subjects.
  package func annotations(
    of kind: Subject.Kind, _ ids: [Int64]
  ) throws -> [Int64: Annotations] {
    try read { try $0.annotations(of: kind, ids) }
  }
}

extension Database {
  func ownAnnotations(of kind: Subject.Kind, _ id: Int64) throws -> Annotations {
    let tags = try all(
      "SELECT key, value FROM tags WHERE subject_kind = ? AND subject_id = ?", [kind.rawValue, id]
    ) { (try $0.next(String.self), try $0.next(String.self)) }
    return Annotations(
      tags: Dictionary(tags) { first, _ in first }, note: try note(kind, id))
  }

  /// What holds for the subjects in these rows: what is written about them, and of versions what is
  /// written about the whole where they have nothing of their own.
  func annotations(of kind: Subject.Kind, _ ids: [Int64]) throws -> [Int64: Annotations] {
    let page = RowNumbers.text(ids)
    var found: [Int64: Annotations] = [:]
    func take(tags: String, notes: String, _ kind: Subject.Kind) throws {
      let arguments: StatementArguments = [page, kind.rawValue]
      for (id, tags) in try grouped(
        tags, arguments, { (try $0.next(String.self), try $0.next(String.self)) })
      {
        for (key, value) in tags where found[id]?.tags[key] == nil {
          found[id, default: Annotations()].tags[key] = value
        }
      }
      for (id, notes) in try grouped(notes, arguments, { try $0.next(String.self) })
      where found[id]?.note == nil {
        found[id, default: Annotations()].note = notes.first
      }
    }
    try take(
      tags: """
        SELECT page.value, tags.key, tags.value FROM json_each(?1) AS page
        CROSS JOIN tags ON tags.subject_kind = ?2 AND tags.subject_id = page.value
        """,
      notes: """
        SELECT page.value, notes.content FROM json_each(?1) AS page
        CROSS JOIN notes ON notes.subject_kind = ?2 AND notes.subject_id = page.value
        """, kind)
    switch kind {
    case .modelVersion:
      try take(
        tags: """
          SELECT page.value, tags.key, tags.value FROM json_each(?1) AS page
          CROSS JOIN model_versions AS own ON own.id = page.value
          CROSS JOIN tags ON tags.subject_kind = ?2 AND tags.subject_id = own.model_id
          """,
        notes: """
          SELECT page.value, notes.content FROM json_each(?1) AS page
          CROSS JOIN model_versions AS own ON own.id = page.value
          CROSS JOIN notes ON notes.subject_kind = ?2 AND notes.subject_id = own.model_id
          """, .model)
    case .datasetVersion:
      try take(
        tags: """
          SELECT page.value, tags.key, tags.value FROM json_each(?1) AS page
          CROSS JOIN dataset_versions AS own ON own.id = page.value
          CROSS JOIN tags ON tags.subject_kind = ?2 AND tags.subject_id = own.dataset_id
          """,
        notes: """
          SELECT page.value, notes.content FROM json_each(?1) AS page
          CROSS JOIN dataset_versions AS own ON own.id = page.value
          CROSS JOIN notes ON notes.subject_kind = ?2 AND notes.subject_id = own.dataset_id
          """, .dataset)
    case .model, .dataset, .run: break
    }
    return found
  }

  fileprivate func note(_ kind: Subject.Kind, _ id: Int64) throws -> String? {
    try first(
      "SELECT content FROM notes WHERE subject_kind = ? AND subject_id = ?", [kind.rawValue, id]
    ) { try $0.next(String.self) }
  }

  fileprivate func removeTag(_ key: String, of subject: Subject) throws {
    try change(
      "DELETE FROM tags WHERE subject_kind = ? AND subject_id = ? AND key = ?",
      [subject.kind.rawValue, subject.id, key])
    guard changesCount == 0 else { return }
    let keys = try ownAnnotations(of: subject.kind, subject.id).tags.keys.sorted()
    throw RegistryError(
      .unknownTag, "\(subject.name) has no tag \(key).", place: .subject(subject.name),
      remedy: suggestion(for: key, among: keys)
        ?? "It has none; set one with `registry tag \(subject.name) \(key)=VALUE`.")
  }
}
