package import Diagnostics

extension RegistryError.Code {
  /// A reference is neither `NAME`, `NAME@VERSION` nor `NAME@ALIAS`.
  package static let malformedReference = Self("malformed_reference", .usage)
}

/// Which version of a model or a dataset is meant: `NAME`, `NAME@3` or `NAME@production`.
package struct Reference: Hashable, Sendable, CustomStringConvertible {
  /// How a version is chosen among those of a name.
  package enum Selector: Hashable, Sendable {
    /// The one with the highest number.
    case newest
    /// The one with this number; the first is 1.
    case version(Int)
    /// The one that an alias points to.
    case alias(String)
  }

  /// The name of the model or dataset.
  package let name: String
  /// Which of its versions.
  package let selector: Selector

  /// The reference with these parts.
  package init(name: String, selector: Selector = .newest) {
    self.name = name
    self.selector = selector
  }

  /// Reads `NAME`, `NAME@VERSION` or `NAME@ALIAS`.
  ///
  /// - Throws: `malformed_reference`.
  package init(parsing text: String) throws(RegistryError) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts[0])
    do throws(RegistryError) {
      try NameRule.check(name, "model or dataset")
      if parts.count == 1 {
        selector = .newest
      } else if Self.isNumber(parts[1]) {
        guard let version = Int(parts[1]), version > 0 else {
          throw RegistryError(.malformedReference, "The first version is 1.")
        }
        selector = .version(version)
      } else {
        try NameRule.check(String(parts[1]), "alias")
        selector = .alias(String(parts[1]))
      }
    } catch {
      throw RegistryError(
        .malformedReference, "\(NameRule.shown(text)) is no reference: \(error.message)",
        place: .subject(NameRule.shown(text)),
        remedy: "Write NAME, NAME@3 for a version or NAME@production for an alias.")
    }
  }

  /// The text that reads back as this reference.
  package var description: String {
    switch selector {
    case .newest: name
    case .version(let version): "\(name)@\(version)"
    case .alias(let alias): "\(name)@\(alias)"
    }
  }

  /// Whether the text would be taken for a version, and so cannot be an alias.
  static func isNumber(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
