private import FoundationEssentials

/// JSON whose keys are in snake case, as it comes over HTTP and stands in the catalogue.
package enum JobJSON {
  /// The value of a text.
  ///
  /// - Throws: `DecodingError`.
  package static func value<Value: Decodable>(
    _ type: Value.Type, from text: some Collection<UInt8>
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try decoder.decode(type, from: Data(text))
  }

  /// The value of a text.
  ///
  /// - Throws: `DecodingError`.
  package static func value<Value: Decodable>(
    _ type: Value.Type, from text: String
  ) throws -> Value { try value(type, from: text.utf8) }
}
