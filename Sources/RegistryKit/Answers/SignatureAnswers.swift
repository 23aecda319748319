/// A pair of keys that was made.
public struct KeyPairResult: Codable, Sendable {
  /// The file of the private half, which only its owner may read.
  public var privateKeyFile: String
  /// The file of the public half.
  public var publicKeyFile: String
  /// The 32 bytes of the public half in hexadecimal digits.
  public var publicKey: String
}

/// A signature that was made.
public struct SigningResult: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// The version.
  public var version: Int
  /// The SHA-256 of the statement.
  public var statement: String
  /// The public half of the key, in hexadecimal digits.
  public var publicKey: String
  /// The signature, in hexadecimal digits.
  public var signature: String
  /// How many bases the statement covers.
  public var bases: Int
  /// Whether the key had not signed this statement before.
  public var isNew: Bool

  enum CodingKeys: String, CodingKey {
    case model, version, statement, publicKey, signature, bases
    case isNew = "new"
  }
}

/// What is signed of a model version.
public struct StatementResult: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// The version.
  public var version: Int
  /// The SHA-256 of the statement.
  public var digest: String
  /// The statement itself: these bytes are signed.
  public var statement: String
  /// The signatures under it.
  public var signatures: [Signature]

  /// A signature under a statement.
  public struct Signature: Codable, Sendable {
    /// The public half of the key, in hexadecimal digits.
    public var publicKey: String
    /// The signature, in hexadecimal digits.
    public var signature: String
    /// When it was made, ISO 8601, UTC; not signed itself.
    public var signedAt: String
  }
}

/// What checking signatures found.
public struct SignatureVerification: Codable, Sendable {
  /// Whether every version that was looked at is signed, as it should be, and nothing has changed.
  public var isVerified: Bool
  /// The versions that were looked at.
  public var versions: [Version]
  /// How many tensors were read again, those of the bases too.
  public var tensors: Int
  /// How many images were read again.
  public var images: Int
  /// How many bytes were read.
  public var bytes: Int
  /// What is wrong, in sentences.
  public var problems: [String]

  /// A version whose signatures were checked.
  public struct Version: Codable, Sendable {
    /// The model's name.
    public var model: String
    /// The version.
    public var version: Int
    /// The SHA-256 of what its statement says now.
    public var statement: String
    /// How many bases the statement covers.
    public var bases: Int
    /// The signatures.
    public var signatures: [Signature]
  }

  /// A signature that was checked.
  public struct Signature: Codable, Sendable {
    /// The public half of the key, in hexadecimal digits.
    public var publicKey: String
    /// When it was made, ISO 8601, UTC; not signed itself.
    public var signedAt: String
    /// Whether the key made it under a statement that still holds.
    public var isValid: Bool
    /// Whether the key is one of those that are trusted; `nil` when none was named.
    public var isTrusted: Bool?

    enum CodingKeys: String, CodingKey {
      case publicKey, signedAt
      case isValid = "valid"
      case isTrusted = "trusted"
    }
  }

  enum CodingKeys: String, CodingKey {
    case isVerified = "verified"
    case versions, tensors, images, bytes, problems
  }
}
