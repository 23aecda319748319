internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry gc`.
struct GcCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Free the bytes of what was deleted and of what crashes left.",
    discussion: """
      Frees tensors and images that only deleted models and datasets need, checkpoints of runs that \
      will not go on, files of writers that were killed, and what the caches hold over their bound. \
      What was deleted cannot be restored afterwards; its record stays. Safe while others import, \
      train or collect.

      Examples:
        registry gc --dry-run
        registry gc
      """)

  @Flag(help: "Tell what would be freed, and change nothing.")
  var dryRun = false

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let registry = try global.open()
    let result = try global.work { progress, cancellation in
      try registry.collectGarbage(
        isTrial: dryRun, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
  }
}
