private import Crypto
package import Diagnostics
private import FileSystem
private import FoundationEssentials

/// A private Ed25519 key (RFC 8032), kept in a PEM file of PKCS #8 (RFC 8410), as OpenSSL writes it.
package struct SigningKey {
  private let key: Curve25519.Signing.PrivateKey

  /// A key that nobody has yet.
  package init() { key = Curve25519.Signing.PrivateKey() }

  /// The key in a file.
  ///
  /// - Throws: `no_such_file`, `not_readable`, `unreadable_key`.
  package init(path: String) throws(RegistryError) {
    let bytes = try KeyFile.privateHalf.bytes(of: path)
    do {
      key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
    } catch {
      throw KeyFile.privateHalf.unreadable(path, error)
    }
  }

  /// The public half.
  package var verificationKey: VerificationKey { VerificationKey(key.publicKey) }

  /// The 64 bytes of a signature under a text.
  package func signature(under text: String) throws -> [UInt8] {
    [UInt8](try key.signature(for: Data(text.utf8)))
  }

  /// Writes the private half to a file that only its owner may read, and the public half beside it.
  ///
  /// - Throws: `key_exists` when there is one of the files, `not_writable`.
  package func write(to path: String, publicPath: String) throws {
    let files = [
      (path: path, text: KeyFile.privateHalf.text(of: key.rawRepresentation), isPrivate: true),
      (
        path: publicPath, text: KeyFile.publicHalf.text(of: key.publicKey.rawRepresentation),
        isPrivate: false
      ),
    ]
    do {
      // Both are begun before one is finished, so that a key that is there stops the whole.
      var begun: [OutputFile] = []
      for file in files {
        let output = try OutputFile(path: file.path, replacing: false, isPrivate: file.isPrivate)
        let bytes = Array(file.text.utf8)
        try bytes.withUnsafeBytes { try output.write($0) }
        begun.append(output)
      }
      for output in begun { try output.finish() }
    } catch let error as RegistryError where error.code == .outputExists {
      throw RegistryError(
        .keyExists, error.message, place: error.place,
        remedy: "A key is never replaced. Name another file with --output.")
    }
  }
}

/// A public Ed25519 key.
package struct VerificationKey {
  private let key: Curve25519.Signing.PublicKey

  fileprivate init(_ key: Curve25519.Signing.PublicKey) { self.key = key }

  /// The key with these 32 bytes; `nil` if there is none.
  package init?(bytes: [UInt8]) {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return nil }
    self.key = key
  }

  /// The key in a PEM file of a `SubjectPublicKeyInfo` (RFC 8410).
  ///
  /// - Throws: `no_such_file`, `not_readable`, `unreadable_key`.
  package init(path: String) throws(RegistryError) {
    let bytes = try KeyFile.publicHalf.bytes(of: path)
    do {
      key = try Curve25519.Signing.PublicKey(rawRepresentation: bytes)
    } catch {
      throw KeyFile.publicHalf.unreadable(path, error)
    }
  }

  /// The 32 bytes of the key.
  package var bytes: [UInt8] { [UInt8](key.rawRepresentation) }

  /// Whether the private half made a signature under a text.
  package func isValid(_ signature: [UInt8], under text: String) -> Bool {
    key.isValidSignature(signature, for: Data(text.utf8))
  }
}

/// How a half of a key stands in a file.
private struct KeyFile {
  /// The label of the PEM text.
  let label: String
  /// What stands before the 32 bytes of the key: the DER of RFC 8410, in which only these differ.
  let prefix: [UInt8]

  /// `PrivateKeyInfo` of PKCS #8.
  static let privateHalf = KeyFile(
    label: "PRIVATE KEY",
    prefix: [
      0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
      0x20,
    ])
  /// `SubjectPublicKeyInfo`.
  static let publicHalf = KeyFile(
    label: "PUBLIC KEY",
    prefix: [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00])

  /// More than any PEM file of one key has.
  private static let maximumBytes = 64 << 10

  func text(of key: Data) -> String {
    "-----BEGIN \(label)-----\n\((Data(prefix) + key).base64EncodedString())\n"
      + "-----END \(label)-----\n"
  }

  func bytes(of path: String) throws(RegistryError) -> Data {
    let file = try FileSystemEntries.bytes(of: path, limit: Self.maximumBytes)
    let lines = String(decoding: file, as: UTF8.self).split { $0.isNewline }
    guard lines.first == "-----BEGIN \(label)-----", lines.last == "-----END \(label)-----",
      let der = Data(base64Encoded: lines.dropFirst().dropLast().joined()),
      der.count == prefix.count + 32, der.starts(with: prefix)
    else { throw unreadable(path, nil) }
    return Data(der.dropFirst(prefix.count))
  }

  func unreadable(_ path: String, _ cause: (any Error)?) -> RegistryError {
    RegistryError(
      .unreadableKey, "\(path) holds no \(label.lowercased()) for Ed25519 in PEM form.",
      place: .file(path),
      remedy: "Sign with the private file of `registry keygen`; trust the .pub file beside it.",
      cause: cause)
  }
}

extension RegistryError.Code {
  /// A file holds no Ed25519 key of the kind that is needed.
  package static let unreadableKey = Self("unreadable_key", .badInput)
  /// A key is to be written where there is a file already.
  package static let keyExists = Self("key_exists", .conflict)
}
