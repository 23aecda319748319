private import Crypto
private import CryptoExtras
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
    let text = try KeyFile.text(path)
    do {
      key = try Curve25519.Signing.PrivateKey(pemRepresentation: text)
    } catch {
      throw KeyFile.unreadable(path, "no private Ed25519 key in PEM form (PKCS #8)", error)
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
      (path: path, text: key.pemRepresentation + "\n", isPrivate: true),
      (path: publicPath, text: key.publicKey.pemRepresentation + "\n", isPrivate: false),
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
    let text = try KeyFile.text(path)
    do {
      key = try Curve25519.Signing.PublicKey(pemRepresentation: text)
    } catch {
      throw KeyFile.unreadable(path, "no public Ed25519 key in PEM form", error)
    }
  }

  /// The 32 bytes of the key.
  package var bytes: [UInt8] { [UInt8](key.rawRepresentation) }

  /// Whether the private half made a signature under a text.
  package func isValid(_ signature: [UInt8], under text: String) -> Bool {
    key.isValidSignature(signature, for: Data(text.utf8))
  }
}

private enum KeyFile {
  /// More than any PEM file of one key has.
  private static let maximumBytes = 64 << 10

  static func text(_ path: String) throws(RegistryError) -> String {
    let bytes = try FileSystemEntries.bytes(of: path, limit: maximumBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw unreadable(path, "no text", nil)
    }
    return text
  }

  static func unreadable(
    _ path: String, _ complaint: String, _ cause: (any Error)?
  ) -> RegistryError {
    RegistryError(
      .unreadableKey, "\(path) holds \(complaint).", place: .file(path),
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
