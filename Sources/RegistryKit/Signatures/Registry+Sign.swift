private import Catalog
public import Diagnostics
private import Tensors

extension Registry {
  /// Makes a pair of Ed25519 keys: the private half in a file that only its owner may read, the
  /// public half beside it in a file with `.pub` behind the name.
  ///
  /// - Throws: `key_exists` when there is one of the files, `not_writable`.
  public static func makeKeyPair(at path: String) throws -> KeyPairResult {
    let key = SigningKey()
    let publicPath = "\(path).pub"
    try key.write(to: path, publicPath: publicPath)
    return KeyPairResult(
      privateKeyFile: path, publicKeyFile: publicPath,
      publicKey: Hexadecimal.text(of: key.verificationKey.bytes))
  }

  /// What a signature under a model version vouches for, and the signatures that there are.
  ///
  /// - Throws: `unknown_model`.
  public func statement(of reference: String) throws -> StatementResult {
    let record = try catalog.modelVersion(try Reference(parsing: reference))
    return try catalog.snapshot { snapshot in
      var writer = StatementWriter(snapshot)
      let (own, _) = try writer.statement(of: record)
      let signed = try snapshot.signedStatements(ofModelVersion: record.id)
        .filter { $0.statement.digest == own.digest }
      return StatementResult(
        model: record.model, version: record.version, digest: own.digest.hexadecimal,
        statement: own.text,
        signatures: signed.flatMap(\.signatures).map {
          .init(
            publicKey: Hexadecimal.text(of: $0.publicKey),
            signature: Hexadecimal.text(of: $0.signature), signedAt: $0.signedAt.iso8601)
        })
    }
  }

  /// Signs the statement of a model version, which covers all of its bases.
  ///
  /// All tensors are read again before.
  ///
  /// - Throws: `unknown_model`, `unreadable_key`, `damaged_pack` when bytes have changed,
  ///   `statement_differs` when a base is not what somebody signed before.
  public func sign(
    _ reference: String, keyFile: String, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> SigningResult {
    let key = try SigningKey(path: keyFile)
    let record = try catalog.modelVersion(try Reference(parsing: reference))
    let (own, chain) = try catalog.snapshot { snapshot in
      var writer = StatementWriter(snapshot)
      let written = try writer.statement(of: record)
      for statement in written.chain { try checkFormerStatements(statement, snapshot) }
      return written
    }
    var reading = TensorReading(progress: progress, cancellation: cancellation)
    for statement in chain {
      let model = try load(try catalog.modelVersion(id: statement.versionID))
      if let damaged = try reading.damagedTensors(of: model).first {
        throw RegistryError(
          .damagedPack, "The tensor \(damaged) of \(model.name) no longer has its digest.",
          place: Place(tensor: damaged, subject: model.name.description),
          remedy: "Nothing was signed. Run `registry verify` to see what is affected.")
      }
    }
    let signature = SignatureRecord(
      publicKey: key.verificationKey.bytes, signature: try key.signature(under: own.text),
      signedAt: .now())
    let isNew = try catalog.record(chain.map(\.record), signature: signature)
    return SigningResult(
      model: record.model, version: record.version, statement: own.digest.hexadecimal,
      publicKey: Hexadecimal.text(of: signature.publicKey),
      signature: Hexadecimal.text(of: signature.signature), bases: chain.count - 1, isNew: isNew)
  }

  /// A version never changes, and so neither does its statement.
  private func checkFormerStatements(
    _ statement: WrittenStatement, _ snapshot: CatalogSnapshot
  ) throws {
    let former = try snapshot.statements(ofModelVersion: statement.versionID)
    guard former.contains(where: { $0.content != statement.text }) else { return }
    throw RegistryError(
      .statementDiffers, "\(statement.name) is not what was signed before.",
      place: .subject("\(statement.name)"),
      remedy: "Run `registry verify --signatures \(statement.name)` to see what differs.")
  }
}

extension WrittenStatement {
  /// The name of the version that it is about.
  var name: ModelName { ModelName(model: statement.model, version: statement.version) }
}

extension RegistryError.Code {
  /// A model version is not what its signed statement says.
  package static let statementDiffers = Self("statement_differs", .corrupt)
}
