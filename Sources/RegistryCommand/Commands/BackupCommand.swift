internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry backup`.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the registry as it is now, while others work on it.",
    discussion: """
      The folder becomes a registry itself, which --registry can name. A second backup into the same \
      folder copies only what is new. Every object is compared with its digest on the way; what is \
      damaged is listed, left out, and makes the exit code 1. Caches and uploads are not copied, and \
      what a backup has is not removed from it. To restore, copy the folder back.

      Examples:
        registry backup /mnt/disk/registry-backup
        registry models --registry /mnt/disk/registry-backup
      """)

  @Argument(help: "The folder of the backup.", completion: .directory)
  var folder: String

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let registry = try global.open()
    let result = try global.work { progress, cancellation in
      try registry.backup(to: folder, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
    if !result.corrupt.isEmpty || !result.missing.isEmpty { throw ExitCode.failure }
  }
}
