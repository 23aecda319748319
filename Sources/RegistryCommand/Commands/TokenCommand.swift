internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry token`.
struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Make, list and revoke the tokens by which the service knows people.",
    discussion: """
      A token is shown once, when it is made; the registry keeps its hash. The role read may look at \
      everything, write may change and train, admin may free bytes for good. Who has the registry's \
      folder needs no token.

      Examples:
        registry token create anna --role write --expires-in 90
        registry token list
        registry token revoke anna
      """)

  @Argument(help: "What to do: create, list or revoke.")
  var action: Action

  @Argument(help: "The name of the token.")
  var name: String?

  @Option(help: "What a new token allows. (default: read)")
  var role: Role?

  @Option(
    help: ArgumentHelp(
      "After how many days a new token is worth nothing. (default: never)", valueName: "days"))
  var expiresIn: Int?

  @OptionGroup var global: GlobalOptions

  /// What can be done with tokens.
  enum Action: String, ExpressibleByArgument, CaseIterable {
    case create, list, revoke
  }

  /// What a token allows.
  enum Role: String, ExpressibleByArgument, CaseIterable {
    case read, write, admin

    var access: AccessRole {
      switch self {
      case .read: .read
      case .write: .write
      case .admin: .admin
      }
    }
  }

  mutating func validate() throws {
    if (name == nil) != (action == .list) {
      throw ValidationError(
        action == .list ? "All tokens are listed; leave the name out." : "Name the token.")
    }
    if action != .create, role != nil || expiresIn != nil {
      throw ValidationError("--role and --expires-in have an effect with create only.")
    }
  }

  func run() throws {
    let registry = try global.open()
    switch action {
    case .create:
      let result = try registry.createToken(
        name ?? "", role: (role ?? .read).access, expiresInDays: expiresIn)
      try global.show(result) { _ in result.token + "\n" }
      global.suggest("keep the token now, it is not shown again")
    case .list:
      let tokens = try registry.tokens()
      try global.show(["tokens": tokens]) { TokenSummary.report(tokens, $0) }
    case .revoke:
      let result = try registry.revokeToken(name ?? "")
      try global.show(result) { _ in "The token \(result.name) is worth nothing any more\n" }
    }
  }
}
