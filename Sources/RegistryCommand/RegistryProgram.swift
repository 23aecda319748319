internal import ArgumentParser
private import Glibc
internal import RegistryKit

/// The `registry` command.
@main
struct RegistryProgram: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "registry",
    abstract: "Keep images and models, derive models from others, train them, prove what is whose.",
    discussion: """
      From photos to a trained model:

        registry init
        registry import-images photos/wolfdog --dataset wolfdog
        registry import-model efficientnet-lite0.pth --name efficientnet-lite0
        registry derive --from efficientnet-lite0 --head wolfdog --train
        registry predict wolfdog photo.jpg

      A model is named NAME, NAME@3 or NAME@ALIAS; without a version the newest is meant. Every \
      command takes --json for scripts. Exit codes: 0 done, 1 the work failed, 64 wrong usage, 65 bad \
      input data, 66 no such thing, 69 something needed is unavailable, 73 cannot create, 74 input or \
      output failed, 75 busy, try again.
      """,
    version: ProgramVersion.text,
    groupedSubcommands: [
      CommandGroup(
        name: "Filling a registry:",
        subcommands: [
          InitCommand.self, ImportImagesCommand.self, EditDatasetCommand.self,
          ImportModelCommand.self, ImportArchiveCommand.self,
        ]),
      CommandGroup(
        name: "Making and using models:",
        subcommands: [
          DeriveCommand.self, TrainCommand.self, EvaluateCommand.self, PredictCommand.self,
          ExportCommand.self, ExportImagesCommand.self, LogCommand.self,
        ]),
      CommandGroup(
        name: "Keeping order:",
        subcommands: [
          AliasCommand.self, TagCommand.self, RecallCommand.self, DeleteCommand.self,
          RestoreCommand.self, GcCommand.self, BackupCommand.self,
        ]),
      CommandGroup(
        name: "Looking at what is there:",
        subcommands: [
          ModelsCommand.self, DatasetsCommand.self, CheckCommand.self, RunsCommand.self,
          LineageCommand.self,
          TraceCommand.self, MetricsCommand.self, CompareCommand.self, DiffCommand.self,
          ArchitecturesCommand.self,
          StorageCommand.self, VerifyCommand.self,
        ]),
      CommandGroup(
        name: "Serving a registry:",
        subcommands: [
          ServeCommand.self, WorkerCommand.self, JobsCommand.self, TokenCommand.self,
        ]),
      CommandGroup(
        name: "Signing models:",
        subcommands: [KeygenCommand.self, SignCommand.self, StatementCommand.self]),
      CommandGroup(name: "In the shell:", subcommands: [CompletionsCommand.self]),
    ])

  /// The names of the subcommands.
  static var subcommandNames: [String] {
    var names: [String] = []
    for subcommand in configuration.subcommands {
      if let name = subcommand.configuration.commandName { names.append(name) }
    }
    return names
  }

  static func main() {
    // Writing says when nobody reads any more; dying of it in the middle of work would not.
    signal(SIGPIPE, SIG_IGN)
    let arguments = ArgumentOrder.subcommandFirst(Array(CommandLine.arguments.dropFirst()))
    do {
      if let mistake = ArgumentOrder.misspeltSubcommand(arguments) { throw mistake }
      var command = try parseAsRoot(arguments)
      if let command = command as? any NetworkCommand, command.computes { WaitingThreads.sleep() }
      try command.run()
    } catch {
      Glibc.exit(Failure.report(error, arguments: arguments))
    }
  }
}
