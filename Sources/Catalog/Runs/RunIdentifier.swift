import Tensors

/// The name of a run: 16 bytes, printed as 32 hexadecimal digits.
///
/// The layout is that of a UUID of version 7 (RFC 9562): 48 bits of milliseconds since 1970, 12 bits
/// of the fraction of the millisecond, 62 random bits. A later run has a greater name.
struct RunIdentifier: Hashable, Sendable {
  let bytes: [UInt8]

  /// A name that no other run has.
  init(at time: Timestamp, using generator: inout some RandomNumberGenerator) {
    let microseconds = UInt64(bitPattern: time.microseconds)
    let fraction = (microseconds % 1000) * 4096 / 1000
    let high = (microseconds / 1000) << 16 | 0x7000 | fraction
    let random: UInt64 = generator.next()
    let low = (random & (.max >> 2)) | (1 << 63)
    bytes = [high, low].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
  }

  /// The name with these 16 bytes.
  init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// The digits.
  var hexadecimal: String { Hexadecimal.text(of: bytes) }

  /// The first and the last name that begin with these digits.
  ///
  /// - Returns: `nil` when the text is empty, too long or has anything but hexadecimal digits.
  static func range(ofPrefix prefix: String) -> (first: [UInt8], last: [UInt8])? {
    let digits = prefix.utf8.map(Hexadecimal.value(ofDigit:))
    guard (1...32).contains(digits.count) else { return nil }
    var first: [UInt8] = []
    var last: [UInt8] = []
    for index in stride(from: 0, to: 32, by: 2) {
      let high = index < digits.count ? digits[index] : 0
      let low = index + 1 < digits.count ? digits[index + 1] : 0
      guard let high, let low else { return nil }
      first.append(high << 4 | low)
      last.append(
        (index < digits.count ? high : 15) << 4 | (index + 1 < digits.count ? low : 15))
    }
    return (first, last)
  }
}
