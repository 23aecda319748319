import Diagnostics
import GRDB

/// Conditions on a value, as SQL with bound parameters.
///
/// The expressions are texts of ours; whatever a user wrote is bound.
enum SearchCondition {
  /// What must hold of a text; `number` is the number that it is, or null.
  static func text(_ text: String, number: String? = nil, _ test: SearchTest) -> SQL {
    switch test {
    case .compare(let comparison, .number(let value)):
      guard let number else { return "FALSE" }
      return "\(sql: number) \(sql: comparison.rawValue) \(value)"
    case .compare(let comparison, let value):
      return "\(sql: text) \(sql: comparison.rawValue) \(Self.text(of: value))"
    case .among(let values):
      let numbers = values.compactMap(\.number)
      let texts = values.filter { $0.number == nil }.map(Self.text(of:))
      let isText: SQL = "\(sql: text) IN \(texts)"
      guard let number, !numbers.isEmpty else { return isText }
      return "(\(isText) OR \(sql: number) IN \(numbers))"
    case .like(let pattern):
      return pattern.ignoresCase
        ? "\(sql: text) LIKE \(pattern.text) ESCAPE '\\'" : "\(sql: text) GLOB \(pattern.glob)"
    case .missing:
      return "\(sql: text) IS NULL"
    case .relative, .holds:
      preconditionFailure("a relation is no condition on a text")
    }
  }

  /// What must hold of a number, of which null is NaN.
  static func metric(_ value: String, _ test: SearchTest) -> SQL {
    switch test {
    case .compare(.equal, .number(let number)) where number.isNaN:
      return "\(sql: value) IS NULL"
    case .compare(let comparison, .number(let number)):
      return "\(sql: value) \(sql: comparison.rawValue) \(number)"
    case .among(let values):
      let numbers = values.compactMap(\.number)
      let isAmong: SQL = "\(sql: value) IN \(numbers.filter { !$0.isNaN })"
      return numbers.contains { $0.isNaN } ? "(\(isAmong) OR \(sql: value) IS NULL)" : isAmong
    default:
      preconditionFailure("a metric is compared with numbers only")
    }
  }

  /// What must hold of a number of a row, which may be missing; times are numbers.
  static func number(_ value: String, _ test: SearchTest) -> SQL {
    switch test {
    case .compare(let comparison, let other):
      return "\(sql: value) \(sql: comparison.rawValue) \(other.stored)"
    case .among(let values):
      return "\(sql: value) IN \(values.map(\.stored))"
    case .missing:
      return "\(sql: value) IS NULL"
    case .like, .relative, .holds:
      preconditionFailure("a number has no pattern")
    }
  }

  /// The number that a text is, in SQL; null when it is none.
  ///
  /// A comparison with a number makes one of the text if it is well formed.
  static func number(ofText text: String) -> String {
    "CASE WHEN \(text) = CAST(\(text) AS REAL) THEN CAST(\(text) AS REAL) END"
  }

  private static func text(of value: SearchValue) -> String {
    guard case .text(let text) = value else {
      preconditionFailure("a text is compared with texts only")
    }
    return text
  }
}

extension SearchValue {
  fileprivate var number: Double? {
    if case .number(let number) = self { number } else { nil }
  }

  /// The value as a column of numbers or times stores it.
  fileprivate var stored: DatabaseValue {
    switch self {
    case .number(let number): number.databaseValue
    case .time(let time): time.microseconds.databaseValue
    case .text(let text): text.databaseValue
    case .reference: preconditionFailure("a reference is no number")
    }
  }
}
