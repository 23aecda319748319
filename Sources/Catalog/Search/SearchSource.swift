package import Diagnostics

extension RegistryError.Code {
  /// A condition or an order of a search breaks the rules of the language.
  package static let malformedSearch = Self("malformed_search", .usage)
}

/// The text of a condition, which errors point into.
struct SearchSource: Sendable {
  let text: String
  /// The option that the text was given with, for example `--where`.
  let option: String
  let scalars: [Unicode.Scalar]

  init(_ text: String, option: String) {
    self.text = text
    self.option = option
    scalars = Array(text.unicodeScalars)
  }

  /// The error for what is wrong with a part of the text.
  func error(_ message: String, at range: Range<Int>, remedy: String) -> RegistryError {
    RegistryError(
      .malformedSearch, message,
      place: Place(
        subject: option,
        excerpt: Excerpt(text: text, column: range.lowerBound + 1, length: max(range.count, 1))),
      remedy: remedy)
  }
}
