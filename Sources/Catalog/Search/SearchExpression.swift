/// A condition on runs, model versions or dataset versions.
///
/// Every predicate is true or false: one on a value that is not there is false, so `not` turns each
/// answer into the other, and `!=`, `not in` and `not like` are true of what is missing.
indirect enum SearchExpression: Sendable {
  case all([SearchExpression])
  case any([SearchExpression])
  case not(SearchExpression)
  case predicate(SearchPredicate)
}

/// One test of one field.
struct SearchPredicate: Sendable {
  let field: SearchField
  let test: SearchTest
}

/// What is looked at.
enum SearchField: Hashable, Sendable {
  case column(SearchColumn)
  case parameter(String)
  case metric(String, MetricStatistic)
  case tag(String)
}

/// Which value of a metric's history is meant.
enum MetricStatistic: Hashable, Sendable {
  case last
  case least
  case greatest
  case step(Int)
}

/// What must hold of a field.
enum SearchTest: Sendable {
  /// Any comparison but `!=`, which is the negation of `=`.
  case compare(SearchComparison, SearchValue)
  case among([SearchValue])
  case like(SearchPattern)
  case missing
  /// A relative of a model version.
  case relative(LineageRelation, Reference)
  /// A field that is itself true or false.
  case holds
}

/// How versions are related to one that is named.
enum LineageRelation: String, Hashable, Sendable {
  case descendant
  case ancestor
}

/// What a field is compared with.
enum SearchValue: Hashable, Sendable {
  case text(String)
  /// A number, which may be infinite, or NaN.
  case number(Double)
  case time(Timestamp)
  /// A version of a model or dataset, or all of that name.
  case reference(Reference)
}

/// A pattern of `like`: `%` stands for any characters, `_` for one, and a backslash takes the meaning
/// from what follows.
struct SearchPattern: Hashable, Sendable {
  /// The longest pattern, in bytes of UTF-8: what it costs to match grows faster than its length.
  static let maximumBytes = 500

  let text: String
  /// Whether capital and small letters of ASCII are the same.
  let ignoresCase: Bool

  /// The pattern for SQLite's GLOB, which tells capital from small letters.
  var glob: String {
    var glob = ""
    var isEscaped = false
    for character in text.unicodeScalars {
      switch character {
      case "\\" where !isEscaped:
        isEscaped = true
        continue
      case "%" where !isEscaped:
        if !glob.hasSuffix("*") { glob += "*" }
      case "_" where !isEscaped: glob += "?"
      case "*", "?", "[": glob += "[\(character)]"
      default: glob.unicodeScalars.append(character)
      }
      isEscaped = false
    }
    return isEscaped ? glob + "\\" : glob
  }
}
