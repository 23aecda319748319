/// Colours and weights of text, on terminals that show them.
struct Style: Sendable {
  /// Whether escape sequences are written at all.
  let isEnabled: Bool

  /// Text as it is, for pipes and files.
  static let plain = Style(isEnabled: false)

  /// What a text means; each has one look.
  enum Role: String, Sendable {
    case plain = ""
    case heading = "1"
    case faint = "2"
    case bad = "31"
    case good = "32"
    case warning = "33"
    case first = "34"
    case second = "35"
  }

  /// The text with the look of its role.
  func callAsFunction(_ text: String, _ role: Role) -> String {
    isEnabled && role != .plain && !text.isEmpty ? "\u{1b}[\(role.rawValue)m\(text)\u{1b}[0m" : text
  }
}
