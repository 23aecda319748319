import Diagnostics

/// A word, a value or a sign of a condition, with its place.
struct SearchToken: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// A name, a keyword or a value without quotes, such as `params.epochs`, `and` or `wolfdog@1`.
    case word(String)
    /// What stands in backticks: a name whatever its characters.
    case name(String)
    /// What stands in quotes.
    case text(String)
    case number(Double)
    /// A length of time with its sign, such as `-7d`, in microseconds.
    case duration(Int64)
    case comparison(SearchComparison)
    case opening
    case closing
    case comma
    case end
  }

  let kind: Kind
  /// Where the token stands, counted in Unicode scalars from zero.
  let range: Range<Int>

  /// The token as it is written, for messages.
  func written(in scalars: [Unicode.Scalar]) -> String {
    if kind == .end { return "the end" }
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars[range])
    return NameRule.shown(text)
  }
}

/// How a value is compared with another.
enum SearchComparison: String, Hashable, Sendable, CaseIterable {
  case equal = "="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
}

/// Splits the text of a condition into tokens.
struct SearchLexer {
  /// The longest text, in bytes of UTF-8.
  static let maximumBytes = 16_384

  private let source: SearchSource
  private var position = 0

  /// The tokens of a text, the end included.
  ///
  /// - Throws: `malformed_search` with the place.
  static func tokens(of source: SearchSource) throws(RegistryError) -> [SearchToken] {
    guard source.text.utf8.count <= maximumBytes else {
      throw source.error(
        "It is longer than \(maximumBytes) bytes.", at: 0..<0, remedy: "Ask for less at a time.")
    }
    var lexer = SearchLexer(source: source)
    var tokens: [SearchToken] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
    return tokens
  }

  private init(source: SearchSource) { self.source = source }

  private var scalars: [Unicode.Scalar] { source.scalars }

  private mutating func next() throws(RegistryError) -> SearchToken {
    while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
    guard position < scalars.count else {
      return SearchToken(kind: .end, range: scalars.count..<scalars.count)
    }
    switch scalars[position] {
    case "(": return sign(.opening, 1)
    case ")": return sign(.closing, 1)
    case ",": return sign(.comma, 1)
    case "=": return sign(.comparison(.equal), follows("=") ? 2 : 1)
    case "!" where follows("="): return sign(.comparison(.notEqual), 2)
    case "<":
      if follows(">") { return sign(.comparison(.notEqual), 2) }
      return follows("=")
        ? sign(.comparison(.lessOrEqual), 2) : sign(.comparison(.less), 1)
    case ">":
      return follows("=")
        ? sign(.comparison(.greaterOrEqual), 2) : sign(.comparison(.greater), 1)
    case "'", "\"":
      let (text, range) = try quoted()
      return SearchToken(kind: .text(text), range: range)
    case "`":
      let (text, range) = try quoted()
      return SearchToken(kind: .name(text), range: range)
    case let scalar where Self.isWordScalar(scalar) || scalar == "+":
      return word()
    default:
      throw source.error(
        "It has the character \(NameRule.shown(String(scalars[position]))), which means nothing.",
        at: position..<position + 1,
        remedy: "Put values with such characters in quotes, and names in backticks.")
    }
  }

  private func follows(_ scalar: Unicode.Scalar) -> Bool {
    position + 1 < scalars.count && scalars[position + 1] == scalar
  }

  private mutating func sign(_ kind: SearchToken.Kind, _ length: Int) -> SearchToken {
    defer { position += length }
    return SearchToken(kind: kind, range: position..<position + length)
  }

  /// What stands between two quotes; a doubled quote stands for one.
  private mutating func quoted() throws(RegistryError) -> (text: String, Range<Int>) {
    let start = position
    let quote = scalars[start]
    var text = ""
    position += 1
    while position < scalars.count {
      if scalars[position] == quote {
        guard follows(quote) else {
          position += 1
          return (text, start..<position)
        }
        position += 1
      }
      guard scalars[position] != "\0" else {
        throw source.error(
          "A text has a null character.", at: position..<position + 1, remedy: "Leave it out.")
      }
      text.unicodeScalars.append(scalars[position])
      position += 1
    }
    throw source.error(
      "The quote is not closed.", at: start..<start + 1,
      remedy: "Close it with \(quote); write it twice to have one inside.")
  }

  private mutating func word() -> SearchToken {
    let start = position
    position += 1
    while position < scalars.count,
      Self.isWordScalar(scalars[position]) || scalars[position] == "+"
    {
      position += 1
    }
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars[start..<position])
    let range = start..<position
    if let number = Self.number(text) { return SearchToken(kind: .number(number), range: range) }
    if let length = Self.duration(text) {
      return SearchToken(kind: .duration(length), range: range)
    }
    return SearchToken(kind: .word(text), range: range)
  }

  /// What names and values without quotes are made of.
  private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-", "/", ":", "@": true
    default: !scalar.isASCII && scalar.properties.isAlphabetic
    }
  }

  /// A decimal number; words that Swift takes for one, such as `nan` or `0x1p3`, are none.
  private static func number(_ text: String) -> Double? {
    let digits = text.drop { $0 == "-" || $0 == "+" }
    guard let first = digits.utf8.first,
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) || first == UInt8(ascii: "."),
      digits.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) })
    else { return nil }
    return Double(text)
  }

  /// A sign, a whole number and a unit, in microseconds.
  private static func duration(_ text: String) -> Int64? {
    let units: [Character: Int64] = [
      "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800,
    ]
    guard let sign = text.first, sign == "-" || sign == "+", let last = text.last,
      let unit = units[last], let count = Int64(text.dropFirst().dropLast()),
      (0...1_000_000_000).contains(count)
    else { return nil }
    return (sign == "-" ? -1 : 1) * count * unit * 1_000_000
  }
}
