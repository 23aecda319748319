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

      Example:
        registry verify
      """)

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let registry = try global.open()
    let result = try global.work { progress, cancellation in
      try registry.verify(progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
    if !result.isClean { throw ExitCode(1) }
  }
}
