internal import ArgumentParser
internal import Presentation
internal import RegistryKit

/// The subcommand `registry compare`.
struct CompareCommand: NetworkCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Show what transfer learning is worth on your own images.",
    discussion: """
      Trains three ways on growing parts of a model's training images: a new head on the frozen \
      backbone, the head with the last blocks of the backbone, and another network from random \
      weights. Every part holds the smaller ones, all are measured on the same test images, and each \
      is repeated with other images and other random numbers. The figures are recorded as a run; the \
      weights are not kept.

      Examples:
        registry compare wolfdog --output wolfdog.html
        registry compare wolfdog --images-per-class 1,5,all --seeds 3
      """)

  @Argument(help: "The model: NAME, NAME@3 or NAME@ALIAS.", completion: .model)
  var model: String

  @Option(
    help: ArgumentHelp(
      """
      A dataset to take the images from; give it again to join several. (default: those that the \
      model's labels came from)
      """, valueName: "dataset"), completion: .dataset)
  var dataset: [String] = []

  @Option(
    help: ArgumentHelp(
      "How many training images of each label the parts have.", valueName: "numbers"))
  var imagesPerClass = "1,2,5,10,20,all"

  @Option(help: "How often each part is drawn and trained on.")
  var seeds = 5

  @Option(help: "Epochs of fine-tuning. (default: 10)")
  var epochs: Int?

  @Option(
    help: ArgumentHelp(
      """
      Layers that fine-tuning trains beside the head; may be given several times. (default: the last \
      third of the blocks)
      """, valueName: "pattern"), completion: .layer())
  var unfreeze: [String] = []

  @Option(
    help: ArgumentHelp(
      "The architecture that is trained from scratch.", valueName: "architecture"),
    completion: .architecture)
  var scratch = "convnet"

  @Option(help: "Epochs of training from scratch. (default: 40)")
  var scratchEpochs: Int?

  @Option(help: "Threads that compute. (default: the cores that the process may use)")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Write a page with the learning curves; a file that is there is replaced.",
      valueName: "file.html"),
    completion: .file(extensions: ["html"]))
  var output: String?

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    _ = try sizes()
    for (value, name) in [
      (seeds, "--seeds"), (epochs ?? 1, "--epochs"), (scratchEpochs ?? 1, "--scratch-epochs"),
      (threads ?? 1, "--threads"),
    ] where value < 1 {
      throw ValidationError("\(name) must be at least 1, not \(value).")
    }
  }

  private func sizes() throws -> [Int?] {
    try imagesPerClass.split(separator: ",", omittingEmptySubsequences: false).map { text in
      if text == "all" { return nil }
      guard let number = Int(text), number > 0 else {
        throw ValidationError(
          "--images-per-class must be numbers and 'all', such as 1,5,20,all, not \(text).")
      }
      return number
    }
  }

  func run() throws {
    let registry = try global.open()
    let request = CompareRequest(
      model: model, datasets: dataset, imagesPerClass: try sizes(), seeds: seeds, epochs: epochs,
      unfreezing: unfreeze, scratchArchitecture: scratch, scratchEpochs: scratchEpochs,
      threads: threads)
    let result = try global.work { progress, cancellation in
      try registry.compare(request, progress: progress, cancellation: cancellation)
    }
    if let output {
      let replaced = try TextFile.write(ComparisonPage.text(of: result), to: output)
      if !global.quiet {
        Terminal.tell("\(replaced ? "Replaced" : "Wrote") \(output.safeForTerminal)\n")
      }
    }
    try global.show(result, result.report)
    global.warn(
      of: result.recalled, using: ModelName(model: result.model, version: result.version))
  }
}
