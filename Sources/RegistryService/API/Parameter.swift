/// What an operation takes, in its path or behind the question mark.
struct Parameter: Sendable {
  let name: String
  let place: Place
  let kind: Kind
  /// What it means, in one sentence.
  let summary: String

  enum Place: String, Sendable {
    case path, query
  }

  enum Kind: Sendable {
    case text
    case integer(ClosedRange<Int>)
    case number
    case flag
    /// One of these words.
    case choice([String])
  }

  /// A part of the path.
  static func path(_ name: String, _ summary: String) -> Parameter {
    Parameter(name: name, place: .path, kind: .text, summary: summary)
  }

  /// An option, which may be left out.
  static func query(_ name: String, _ summary: String) -> Parameter {
    query(name, .text, summary)
  }

  /// An option of a kind, which may be left out.
  static func query(_ name: String, _ kind: Kind, _ summary: String) -> Parameter {
    Parameter(name: name, place: .query, kind: kind, summary: summary)
  }
}

extension [Parameter] {
  /// What lists take.
  static let list: [Parameter] = [
    .query("where", "Only items that fulfil this condition."),
    .query("sort", "The keys to sort by; the newest first if not given."),
    .query("limit", .integer(1...1_000), "The most items; 50 if not given."),
    .query("offset", .integer(0...1_000_000_000), "How many items are passed over."),
    .query("after", "The last item of the page before, which its next tells."),
  ]

  static let model: [Parameter] = [.path("model", "NAME, NAME@VERSION or NAME@ALIAS.")]
  static let dataset: [Parameter] = [.path("dataset", "NAME or NAME@VERSION.")]
  static let run: [Parameter] = [.path("run", "The id of a run, or a beginning of it.")]
  static let digest: [Parameter] = [.path("digest", "The 64 hexadecimal digits of a SHA-256.")]
}
