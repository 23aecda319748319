internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry trace`.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Show where an image is, and which models were trained on it.",
    discussion: """
      Lists every dataset version that holds the image, every model whose training read one of \
      them, and all models that descend from these. The split tells what the image was for: weights \
      are fitted to train and chosen by validation; test leaves no mark on them.

      Examples:
        registry trace photos/wolfdog/wolf/17.jpg
        registry trace 3f2a9c01
      """)

  @Argument(
    help: """
      The image: the path of a file, which is hashed, or its SHA-256 of 64 hexadecimal digits or at \
      least the first 8 of them.
      """, completion: .file())
  var image: String

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let result = try global.open().trace(image)
    try global.show(result, result.report)
  }
}
