private import Catalog
public import Diagnostics

/// A part of a text that was given on the command line or in a request.
public struct Excerpt: Sendable, Hashable {
  /// The whole text.
  public var text: String
  /// Where the part begins, counted in Unicode scalars from one.
  public var column: Int
  /// How many scalars it has, at least one.
  public var length: Int
}

extension RegistryError {
  /// The part of a condition or an order that the error is about; `nil` for other errors.
  public var excerpt: Excerpt? {
    (cause as? SearchExcerpt).map {
      Excerpt(text: $0.text, column: $0.column, length: $0.length)
    }
  }
}
