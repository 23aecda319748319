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
      place: place(of: range), remedy: remedy, cause: excerpt(of: range))
  }

  /// A part of the text as the place of an error.
  func place(of range: Range<Int>) -> Place {
    .subject("\(option), column \(range.lowerBound + 1)")
  }

  /// A part of the text, to be shown with an error.
  func excerpt(of range: Range<Int>) -> SearchExcerpt {
    SearchExcerpt(text: text, column: range.lowerBound + 1, length: max(range.count, 1))
  }
}

/// The part of a condition that an error is about: the cause of the error.
package struct SearchExcerpt: Error, Hashable {
  /// The whole condition.
  package let text: String
  /// Where the part begins, counted in Unicode scalars from one.
  package let column: Int
  /// How many scalars it has, at least one.
  package let length: Int
}
