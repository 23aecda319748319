extension StringProtocol {
  /// How many columns of a terminal the text takes: two for wide characters and emoji, none for
  /// marks that join the letter before them.
  package var terminalWidth: Int { reduce(0) { $0 + $1.terminalWidth } }

  /// The text with control characters made visible, so that a file's name cannot move the cursor or
  /// start a line of its own.
  package var safeForTerminal: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x0a: result += "\\n"
      case 0x09: result += "\\t"
      case 0x0d: result += "\\r"
      case 0..<0x20, 0x7f...0x9f, 0x200e...0x200f, 0x202a...0x202e, 0x2066...0x2069:
        result += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// At most `width` columns of the text, with an ellipsis where it was cut.
  package func truncated(toWidth width: Int) -> String {
    if terminalWidth <= width { return String(self) }
    var result = ""
    var used = 1
    for character in self {
      used += character.terminalWidth
      if used > width { break }
      result.append(character)
    }
    return width > 0 ? result + "…" : ""
  }
}

extension Character {
  /// How many columns of a terminal the character takes.
  package var terminalWidth: Int {
    guard let first = unicodeScalars.first else { return 0 }
    let value = first.value
    if value < 0x300 { return value < 0x20 || (0x7f..<0xa0).contains(value) ? 0 : 1 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    if first.properties.isEmojiPresentation { return 2 }
    // An emoji by its variation selector.
    if unicodeScalars.contains(where: { $0.value == 0xfe0f }) { return 2 }
    return Self.isWide(value) ? 2 : 1
  }

  /// The blocks whose characters the East Asian Width property calls wide or full-width.
  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3,
      0xf900...0xfaff, 0xfe30...0xfe6f, 0xff01...0xff60, 0xffe0...0xffe6, 0x17000...0x18d08,
      0x1b000...0x1b2fb, 0x20000...0x3fffd:
      true
    default: false
    }
  }
}
