internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry trace`.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Show which models were trained on an image, a label or a dataset.",
    discussion: """
      Lists every dataset version that holds the image, or images with the label, every model whose \
      training read one of them, and all models that descend from these. The split tells what the \
      images were for: weights are fitted to train and chosen by validation; test leaves no mark on \
      them. --metric asks which runs produced a number.

      Examples:
        registry trace photos/wolfdog/wolf/17.jpg
        registry trace 3f2a9c01
        registry trace --label wolf
        registry trace --dataset wolfdog@2 --label wolf
        registry trace --metric test_accuracy=97.3%
      """)

  @Argument(
    help: """
      The image: the path of a file, which is hashed, or its SHA-256 of 64 hexadecimal digits or at \
      least the first 8 of them.
      """, completion: .file())
  var image: String?

  @Option(
    help: ArgumentHelp(
      "The dataset: NAME@3, or NAME for all its versions.", valueName: "dataset"),
    completion: .dataset)
  var dataset: String?

  @Option(help: ArgumentHelp("The label that images have.", valueName: "label"))
  var label: String?

  @Option(
    help: ArgumentHelp(
      """
      A metric and its value, as far as it was written down: 0.973 stands for all that is rounded \
      to it, and 97.3% for the same.
      """, valueName: "name=number"))
  var metric: MetricValue?

  @Option(help: "The most runs to list with --metric.")
  var limit = 50

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
    let subjects = [image != nil, dataset != nil || label != nil, metric != nil]
    guard subjects.count(where: { $0 }) == 1 else {
      throw ValidationError("Name an image, or --dataset or --label or both, or --metric.")
    }
  }

  func run() throws {
    let registry = try global.open()
    if let image {
      let result = try registry.trace(image)
      try global.show(result, result.report)
    } else if let metric {
      let result = try registry.trace(
        metric: metric.name, value: metric.value, tolerance: metric.tolerance, limit: limit)
      try global.show(result, result.report)
    } else {
      let result = try registry.trace(dataset: dataset, label: label)
      try global.show(result, result.report)
    }
  }
}
