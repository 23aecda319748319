import ArgumentParser

@main
struct RegistryProgram: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "registry")
}
