internal import Presentation
internal import RegistryKit

extension SubjectNotes {
  /// What is written about something, for people.
  func report(_ style: Style) -> String {
    var text = style(subject.safeForTerminal, .heading) + "\n"
    if tags.isEmpty && note == nil { return text + "  no tags, no note\n" }
    var table = Table("", "")
    for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
      table.add(.init("  \(key)"), .init(value))
    }
    if let note { table.add("  note", .init(note)) }
    text += table.text(style)
    return text
  }
}

/// Tags on one line.
enum TagList {
  /// For example `stage=beta, team=vision`.
  static func text(_ tags: [String: String]) -> String {
    tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
  }
}
