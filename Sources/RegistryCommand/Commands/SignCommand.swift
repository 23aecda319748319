internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry sign`.
struct SignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign",
    abstract: "Sign a version of a model.",
    discussion: """
      Signs the version's statement, which names the digests of all tensors, of the labels, the \
      preprocessing, the network, the freeze plan, the datasets and the run, and the statement of the \
      base: one signature covers the whole chain. All tensors are read again before. \
      `registry statement` shows what is signed, `registry verify --signatures` checks it.

      Example:
        registry sign wolfdog@2 --key registry-key.pem
      """)

  @Argument(help: "The version: NAME@3, NAME@ALIAS, or NAME for the newest.", completion: .model)
  var model: String

  @Option(
    help: ArgumentHelp("The private key, as keygen writes it.", valueName: "file"),
    completion: .file())
  var key: String

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let registry = try global.open()
    let result = try global.work { progress, cancellation in
      try registry.sign(model, keyFile: key, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
    global.suggest("registry verify \(result.model)@\(result.version) --signatures")
  }
}
