package import Diagnostics

extension RegistryError.Code {
  /// A name of a model, a dataset or an alias breaks the rules of names.
  package static let malformedName = Self("malformed_name", .usage)
}

/// What names of models, datasets and aliases may look like.
package enum NameRule {
  /// The longest name, in bytes of UTF-8.
  package static let maximumBytes = 128

  /// Checks a name.
  ///
  /// Letters, also those beyond ASCII, digits, `.`, `_` and `-`; not a `-` or `.` first, so that a
  /// name is never mistaken for an option, a hidden file or `..`. The subject says what is named, for
  /// example `model`.
  ///
  /// - Throws: `malformed_name`.
  package static func check(_ name: String, _ subject: String) throws(RegistryError) {
    guard let fault = fault(in: name) else { return }
    throw RegistryError(
      .malformedName, "\(shown(name)) cannot name a \(subject): \(fault).",
      place: .subject(subject),
      remedy: "Use letters, digits, '.', '_' and '-', for example wolfdog-2.")
  }

  private static func fault(in name: String) -> String? {
    if name.isEmpty { return "it is empty" }
    if name.utf8.count > maximumBytes { return "it has more than \(maximumBytes) bytes" }
    if name.hasPrefix("-") || name.hasPrefix(".") { return "it begins with '\(name.prefix(1))'" }
    for scalar in name.unicodeScalars where !isAllowed(scalar) {
      return scalar.properties.isWhitespace
        ? "it has a space" : "it has the character \(shown(String(scalar)))"
    }
    return nil
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": return true
    default:
      guard !scalar.isASCII else { return false }
      // Accents may follow their letters as scalars of their own.
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .spacingMark, .decimalNumber: return true
      default: return scalar.properties.isAlphabetic
      }
    }
  }

  /// The text as a message shows it: short, and without control characters.
  package static func shown(_ text: String) -> String {
    let short = text.unicodeScalars.prefix(40).map { $0.escaped(asASCII: false) }.joined()
    return "'\(short)\(text.unicodeScalars.count > 40 ? "…" : "")'"
  }
}
