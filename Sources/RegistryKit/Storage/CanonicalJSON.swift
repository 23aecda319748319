package import Diagnostics
private import FoundationEssentials

/// JSON with sorted keys: equal values have equal texts, so that the catalogue keeps one row.
package enum CanonicalJSON {
  /// The text of a value.
  package static func text(of value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The value of a text from the catalogue.
  ///
  /// The message names `subject`, which the text describes.
  ///
  /// - Throws: `unreadable_description` when the text is not what this program writes.
  package static func value<Value: Decodable>(
    _ type: Value.Type, from text: String, subject: String
  ) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw RegistryError(
        .unreadableDescription, "The catalogue's description of \(subject) cannot be read.",
        place: .subject(subject),
        remedy: "Run `registry verify`; restore registry.sqlite from a backup if it is damaged.",
        cause: error)
    }
  }
}

extension RegistryError.Code {
  /// A description in the catalogue is not what this program writes.
  package static let unreadableDescription = Self("unreadable_description", .corrupt)
}
