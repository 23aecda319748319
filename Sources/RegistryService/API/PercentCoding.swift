internal import Diagnostics
private import RegistryKit
private import Tensors

/// Texts of paths and queries, in which some bytes are a percent sign and two hexadecimal digits.
enum PercentCoding {
  /// The longest text that a parameter may have, in bytes.
  private static let maximumBytes = 16_384
  /// The most parameters.
  private static let maximumCount = 64

  /// The text that was meant.
  ///
  /// - Throws: `malformed_request` for a percent sign without two digits, for what is no UTF-8, for
  ///   control characters and for what is too long.
  static func decoded(
    _ text: some StringProtocol, of name: String, plusIsBlank: Bool = false
  ) throws(RegistryError) -> String {
    func malformed(_ message: String) -> RegistryError {
      RegistryError.malformed(
        message, name, remedy: "Encode it as RFC 3986 says: UTF-8, with %20 for a blank.")
    }
    guard text.utf8.count <= maximumBytes else { throw malformed("The parameter is too long.") }
    var bytes: [UInt8] = []
    var iterator = text.utf8.makeIterator()
    while let byte = iterator.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = iterator.next().flatMap({ Hexadecimal.value(ofDigit: $0) }),
          let low = iterator.next().flatMap({ Hexadecimal.value(ofDigit: $0) })
        else { throw malformed("A percent sign is not followed by two hexadecimal digits.") }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsBlank: bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
      throw malformed("The parameter is no UTF-8.")
    }
    let isControl = { (scalar: Unicode.Scalar) in scalar.properties.generalCategory == .control }
    guard !decoded.unicodeScalars.contains(where: isControl) else {
      throw malformed("The parameter has a control character.")
    }
    return decoded
  }

  /// A text as a part of a path or a query (RFC 3986, section 2.3).
  static func encoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "@"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default: encoded += "%" + Hexadecimal.text(of: [byte]).uppercased()
      }
    }
    return encoded
  }

  /// The names and values of a query, where a plus sign is a blank as in forms.
  ///
  /// - Throws: `malformed_request`.
  static func pairs(
    ofQuery query: String
  ) throws(RegistryError) -> [(name: String, value: String)] {
    let parts = query.split(separator: "&")
    guard parts.count <= maximumCount else {
      throw RegistryError.malformed(
        "There are more than \(maximumCount) parameters.", "query", remedy: "Give fewer.")
    }
    var pairs: [(name: String, value: String)] = []
    for part in parts {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = try decoded(sides[0], of: "query", plusIsBlank: true)
      let value = try sides.count > 1 ? decoded(sides[1], of: name, plusIsBlank: true) : "true"
      pairs.append((name, value))
    }
    return pairs
  }
}
