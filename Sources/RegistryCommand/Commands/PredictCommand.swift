internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry predict`.
struct PredictCommand: NetworkCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Label images.",
    discussion: """
      Images go through the preprocessing that belongs to the model. The probabilities of all labels \
      of a model add up to one.

      Example:
        registry predict wolfdog photo.jpg --top 2
      """)

  @Argument(help: "The model: NAME, NAME@3 or NAME@ALIAS.", completion: .model)
  var model: String

  @Argument(help: "PNG and JPEG files.", completion: .file())
  var images: [String]

  @Option(help: "How many labels each image gets, the likeliest first.")
  var top = 5

  @Option(help: "Threads that compute. (default: the cores that the process may use)")
  var threads: Int?

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if images.isEmpty { throw ValidationError("Give at least one image.") }
    if top < 1 { throw ValidationError("--top must be at least 1, not \(top).") }
    if let threads, threads < 1 {
      throw ValidationError("--threads must be at least 1, not \(threads).")
    }
  }

  func run() throws {
    let registry = try global.open()
    let request = PredictRequest(model: model, paths: images, top: top, threads: threads)
    let result = try global.work { progress, cancellation in
      try registry.predict(request, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
    global.warn(
      of: result.recalled, using: ModelName(model: result.model, version: result.version))
  }
}
