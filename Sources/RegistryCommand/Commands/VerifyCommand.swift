internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry verify`.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Re-read everything that is stored, and check it.",
    discussion: """
      Reads every object against its digest and the catalogue against itself. For a damaged object it \
      names the models, layers and datasets that need it. Exits with 1 when something is wrong.

      With --frozen it proves for one model that every layer that is said to be frozen is its base's, \
      bit for bit, along the whole chain back to the imported file.

      With --signatures it checks the signatures of a model, or of all that are signed: that what was \
      signed is what is here, down to the images and back to the first base. Whether a key is its \
      owner's no registry can know: name the public keys that you trust.

      Examples:
        registry verify
        registry verify wolfdog --frozen
        registry verify --signatures
        registry verify wolfdog --signatures --trusted-key anna.pem.pub
      """)

  @Argument(
    help: "A model, with --frozen or --signatures: NAME, NAME@3 or NAME@ALIAS.", completion: .model)
  var model: String?

  @Flag(help: "Prove that the model's frozen layers are those of its bases.")
  var frozen = false

  @Flag(help: "Check signatures: the model's, or all that there are.")
  var signatures = false

  @Option(
    help: ArgumentHelp(
      """
      A public key, one of which must have signed; give it again to trust several. (default: any \
      key will do)
      """, valueName: "file"), completion: .file())
  var trustedKey: [String] = []

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if frozen, signatures { throw ValidationError("Choose one of --frozen and --signatures.") }
    if frozen, model == nil { throw ValidationError("--frozen needs a model.") }
    if model != nil, !frozen, !signatures {
      throw ValidationError("A model is checked with --frozen or with --signatures.")
    }
    if !trustedKey.isEmpty, !signatures {
      throw ValidationError("--trusted-key has no effect without --signatures.")
    }
  }

  func run() throws {
    let registry = try global.open()
    if frozen, let model {
      let proof = try global.work { progress, cancellation in
        try registry.proveFrozen(model, progress: progress, cancellation: cancellation)
      }
      try global.show(proof, proof.report)
      if !proof.isProven { throw ExitCode(1) }
    } else if signatures {
      let result = try global.work { progress, cancellation in
        try registry.verifySignatures(
          of: model, trustedKeyFiles: trustedKey, progress: progress, cancellation: cancellation)
      }
      try global.show(result, result.report)
      if !result.isVerified { throw ExitCode(1) }
    } else {
      let result = try global.work { progress, cancellation in
        try registry.verify(progress: progress, cancellation: cancellation)
      }
      try global.show(result, result.report)
      if !result.isClean { throw ExitCode(1) }
    }
  }
}
