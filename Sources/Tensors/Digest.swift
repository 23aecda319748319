private import Crypto

/// The SHA-256 of some bytes, by which images, tensors and packs are named.
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The length in bytes.
  public static let byteCount = 32

  // Four words instead of an array, so that a digest needs no allocation. Big-endian, so that
  // comparing words compares bytes.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// A digest from its 32 bytes.
  ///
  /// - Returns: `nil` when there are not exactly 32.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    var values: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in bytes.enumerated() {
      values[index / 8] = values[index / 8] << 8 | UInt64(byte)
    }
    words = (values[0], values[1], values[2], values[3])
  }

  /// A digest from 64 lower-case or upper-case hexadecimal digits.
  ///
  /// - Returns: `nil` when the text is anything else.
  public init?(hexadecimal text: some StringProtocol) {
    guard let bytes = Hexadecimal.bytes(of: text) else { return nil }
    self.init(bytes: bytes)
  }

  /// The SHA-256 of the bytes.
  public init(of bytes: UnsafeRawBufferPointer) {
    var hasher = DigestHasher()
    hasher.update(bytes)
    self = hasher.finalize()
  }

  /// The SHA-256 of the bytes.
  public init(of bytes: [UInt8]) {
    self = bytes.withUnsafeBytes { Digest(of: $0) }
  }

  fileprivate init(_ hash: SHA256.Digest) {
    var values: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in hash.enumerated() {
      values[index / 8] = values[index / 8] << 8 | UInt64(byte)
    }
    words = (values[0], values[1], values[2], values[3])
  }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
  }

  /// 64 lower-case hexadecimal digits, as `sha256sum` prints them.
  public var hexadecimal: String { Hexadecimal.text(of: bytes) }

  /// The same as ``hexadecimal``.
  public var description: String { hexadecimal }

  /// Whether all bytes are the same.
  public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

  /// The same as `==`, but it takes as long wherever they differ, so that nobody who may ask often finds
  /// a secret's digest word by word.
  package func isSame(inConstantTime other: Digest) -> Bool {
    (words.0 ^ other.words.0) | (words.1 ^ other.words.1) | (words.2 ^ other.words.2)
      | (words.3 ^ other.words.3) == 0
  }

  /// Whether the bytes of the one come first in order.
  public static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

  /// Feeds a part that tells digests apart.
  public func hash(into hasher: inout Hasher) {
    // The words are uniformly distributed: one of them tells digests apart as well as four.
    hasher.combine(words.0)
  }
}

extension Digest: Codable {
  /// Reads 64 hexadecimal digits.
  public init(from decoder: any Decoder) throws {
    let text = try String(from: decoder)
    guard let digest = Digest(hexadecimal: text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "64 hexadecimal digits belong here")
      )
    }
    self = digest
  }

  /// Writes 64 lower-case hexadecimal digits.
  public func encode(to encoder: any Encoder) throws { try hexadecimal.encode(to: encoder) }
}

/// Computes a ``Digest`` of bytes that come piece by piece.
public struct DigestHasher {
  private var hash = SHA256()

  /// A hasher that has taken nothing yet.
  public init() {}

  /// Takes the next bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    hash.update(bufferPointer: bytes)
  }

  /// Takes the UTF-8 bytes of a text.
  public mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
  }

  /// The digest of all bytes taken so far.
  public func finalize() -> Digest { Digest(hash.finalize()) }
}
