internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry import-archive`.
struct ImportArchiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-archive",
    abstract: "Read models and all that they come from from an archive.",
    discussion: """
      Reads what `registry export --format archive` wrote. Names, version numbers, runs, times and \
      digests stay as they are. What is here already is compared and left alone, so that reading an \
      archive twice changes nothing; an archive that was changed in any way is refused.

      A name that stands for something else here is refused, too; --rename gives the archive's model \
      or dataset another one. Signatures cover names, and those of renamed models are left out.

      Examples:
        registry import-archive canines.tar
        registry import-archive canines.tar --rename wolfdog=wolfdog-anna
      """)

  @Argument(help: "The archive.", completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp(
      "A new name for a model or dataset of the archive; give it again for several.",
      valueName: "old=new"))
  var rename: [String] = []

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws { _ = try newNames() }

  func run() throws {
    let registry = try global.open()
    let request = ArchiveImportRequest(path: file, newNames: try newNames())
    let result = try global.work { progress, cancellation in
      try registry.importArchive(request, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
  }

  private func newNames() throws -> [String: String] {
    try rename.reduce(into: [:]) { names, argument in
      let parts = argument.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw ValidationError("--rename takes OLD=NEW, not '\(argument)'.")
      }
      guard names.updateValue(parts[1], forKey: parts[0]) == nil else {
        throw ValidationError("--rename names \(parts[0]) twice.")
      }
    }
  }
}
