internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry keygen`.
struct KeygenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen",
    abstract: "Make a pair of keys to sign models with.",
    discussion: """
      Makes an Ed25519 key: the private half in a PEM file (PKCS #8) that only its owner may read, the \
      public half in a file beside it with .pub behind the name. Keep the first to yourself, give the \
      second to those who are to trust what you sign. A key that is there is never replaced.

      Examples:
        registry keygen
        registry keygen --output ~/keys/anna.pem
      """)

  @Option(
    help: ArgumentHelp("The file of the private key.", valueName: "file"), completion: .file())
  var output = "registry-key.pem"

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let result = try Registry.makeKeyPair(at: output)
    try global.show(result, result.report)
    global.suggest("registry sign MODEL --key \(result.privateKeyFile)")
  }
}
