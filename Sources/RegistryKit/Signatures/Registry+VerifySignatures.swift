private import Catalog
public import Diagnostics
private import Engine
private import ObjectStore
private import Synchronization
private import Tensors

extension Registry {
  /// Checks the signatures of a model version, or of all that anybody signed.
  ///
  /// The statement of each version is written anew from the catalogue and compared with what was
  /// signed; the tensors of the version and its bases and the images of their datasets are read
  /// again. With keys to trust, one of them must have signed each version.
  ///
  /// - Throws: `unknown_model`, `unreadable_key`, `interrupted`. What is wrong is an answer.
  public func verifySignatures(
    of reference: String?, trustedKeyFiles: [String] = [],
    progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> SignatureVerification {
    let trusted = try trustedKeyFiles.map { try VerificationKey(path: $0).bytes }
    let subjects =
      if let reference {
        [try catalog.modelVersion(try Reference(parsing: reference))]
      } else {
        try catalog.signedModelVersions().map { try catalog.modelVersion(id: $0) }
      }
    var result = SignatureVerification(
      isVerified: false, versions: [], tensors: 0, images: 0, bytes: 0, problems: [])
    if subjects.isEmpty { result.problems.append("No model version is signed.") }
    var covered: Set<Int64> = []
    let datasets = try catalog.snapshot { snapshot in
      var writer = StatementWriter(snapshot)
      for record in subjects {
        let (own, chain) = try writer.statement(of: record)
        covered.formUnion(chain.map(\.versionID))
        let check = try SignatureCheck(own, chain: chain, trusted: trusted, snapshot)
        result.versions.append(check.version)
        result.problems += check.problems
      }
      return writer.datasetVersionIDs
    }
    try readTensors(of: covered.sorted(), &result, progress, cancellation)
    try readImages(of: datasets, &result, progress, cancellation)
    result.isVerified = result.problems.isEmpty
    return result
  }

  private func readTensors(
    of versions: [Int64], _ result: inout SignatureVerification,
    _ progress: any ProgressObserver, _ cancellation: Cancellation
  ) throws {
    var reading = TensorReading(progress: progress, cancellation: cancellation)
    for id in versions {
      do {
        let model = try load(try catalog.modelVersion(id: id))
        result.problems += try reading.damagedTensors(of: model).map {
          "The bytes of the tensor \($0) of \(model.name) no longer have their digest."
        }
      } catch let error as RegistryError where error.code == .deleted {
        // A base whose bytes were collected: what children share with it is read with them.
        continue
      } catch let error as RegistryError where error.code.category == .corrupt {
        result.problems.append(error.message)
      }
    }
    result.tensors = reading.tensorCount
    result.bytes += reading.byteCount
  }

  private func readImages(
    of datasets: [Int64], _ result: inout SignatureVerification,
    _ progress: any ProgressObserver, _ cancellation: Cancellation
  ) throws {
    let digests = try catalog.snapshot { snapshot in
      try datasets.reduce(into: Set<Digest>()) {
        $0.formUnion(try snapshot.imageDigests(ofDatasetVersion: $1))
      }.sorted()
    }
    let states = try objects.states(
      of: digests, progress: progress, cancellation: cancellation)
    for (digest, state) in zip(digests, states) {
      switch state {
      case .intact(let byteCount): result.bytes += byteCount
      case .corrupt: result.problems.append("The image \(digest) no longer has its digest.")
      case .missing: result.problems.append("The image \(digest) is missing.")
      }
    }
    result.images = digests.count
  }
}

/// The signatures of one version, compared with what its records say now.
private struct SignatureCheck {
  private(set) var version: SignatureVerification.Version
  private(set) var problems: [String] = []
  private let snapshot: CatalogSnapshot

  init(
    _ own: WrittenStatement, chain: [WrittenStatement], trusted: [[UInt8]],
    _ snapshot: CatalogSnapshot
  ) throws {
    self.snapshot = snapshot
    version = SignatureVerification.Version(
      model: own.name.model, version: own.name.version, statement: own.digest.hexadecimal,
      bases: chain.count - 1, signatures: [])
    let signed = try snapshot.signedStatements(ofModelVersion: own.versionID)
    if signed.isEmpty { problems.append("\(own.name) is not signed.") }
    for record in signed {
      let isIntact = Digest(of: Array(record.statement.content.utf8)) == record.statement.digest
      if !isIntact {
        problems.append("The kept statement of \(own.name) no longer has its digest.")
      }
      let hasAuthor = record.signatures.map { signature in
        VerificationKey(bytes: signature.publicKey)?
          .isValid(signature.signature, under: record.statement.content) ?? false
      }
      let holds = isIntact && record.statement.digest == own.digest
      for (signature, isGenuine) in zip(record.signatures, hasAuthor) {
        let key = Hexadecimal.text(of: signature.publicKey)
        if !isGenuine {
          problems.append("The signature of \(own.name) by the key \(key) is not valid.")
        }
        version.signatures.append(
          .init(
            publicKey: key, signedAt: signature.signedAt.iso8601, isValid: isGenuine && holds,
            isTrusted: trusted.isEmpty ? nil : trusted.contains(signature.publicKey)))
      }
      if !holds, isIntact, hasAuthor.contains(true) {
        problems += try differences(of: chain, from: record.statement.content)
      }
    }
    if !trusted.isEmpty, !signed.isEmpty,
      !version.signatures.contains(where: { $0.isValid && $0.isTrusted == true })
    {
      problems.append("\(own.name) has no valid signature by a key that is trusted.")
    }
  }

  /// What of a version and its bases is not what was signed, down from the version itself.
  private func differences(of chain: [WrittenStatement], from text: String) throws -> [String] {
    var sentences: [String] = []
    var text = text
    for (index, current) in chain.enumerated().reversed() where current.text != text {
      let signed: Statement
      do {
        signed = try CanonicalJSON.value(Statement.self, from: text, subject: "\(current.name)")
      } catch {
        return sentences + ["The signed statement of \(current.name) is of an unknown form."]
      }
      sentences += current.statement.differences(from: signed).map {
        "\(current.name) is not what was signed: \($0)."
      }
      guard let base = signed.base, index > 0, chain[index - 1].digest != base.statement else {
        break
      }
      let kept = try snapshot.statements(ofModelVersion: chain[index - 1].versionID)
        .first { Digest(of: Array($0.content.utf8)) == base.statement }
      guard let kept else {
        sentences.append("\(current.name) does not have the base that was signed.")
        break
      }
      text = kept.content
    }
    return sentences
  }
}
