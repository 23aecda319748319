internal import ArgumentParser
internal import Presentation
internal import RegistryKit

/// The subcommand `registry check`.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Find duplicates, leaks between splits, poor pictures and wrong labels.",
    discussion: """
      Looks for images that are the same, nearly the same, or a slightly cropped part of another, \
      above all in different splits; for tiny, blurred, dark, over-exposed, grey and oddly shaped \
      pictures; and, with a model, for labels that are probably wrong and for the images that are \
      hardest to tell. Labels are judged by heads that have not seen the image: five times, a head \
      is fitted to four fifths of the features and asked about the rest. Nothing is changed. What \
      was measured on an image is kept, so that a second check decodes nothing.

      Examples:
        registry check wolfdog
        registry check wolfdog --model wolfdog --output wolfdog.html
      """)

  @Argument(help: "The dataset: NAME or NAME@3.", completion: .dataset)
  var dataset: String

  @Option(
    help: ArgumentHelp(
      """
      Whose features to compare and to judge labels by: NAME, NAME@3 or NAME@ALIAS. (default: the \
      newest model made for the dataset, if all features are in its cache)
      """, valueName: "model"), completion: .model)
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Write a page with thumbnails; a file that is there is replaced.", valueName: "file.html"),
    completion: .file(extensions: ["html"]))
  var output: String?

  @Option(help: "How many of each kind the table and the page show, the worst first.")
  var limit = 20

  @OptionGroup(title: "Thresholds") var thresholds: ThresholdOptions

  @Option(help: "Threads that compute. (default: the cores that the process may use)")
  var threads: Int?

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    for (value, name) in [(limit, "--limit"), (threads ?? 1, "--threads")] where value < 1 {
      throw ValidationError("\(name) must be at least 1, not \(value).")
    }
    if limit > 1_000 { throw ValidationError("--limit must be at most 1000, not \(limit).") }
  }

  func run() throws {
    let registry = try global.open()
    let request = CheckRequest(
      dataset: dataset, model: model, thresholds: thresholds.values, threads: threads)
    let (result, page): (CheckResult, String?) = try global.work { progress, cancellation in
      let result = try registry.check(request, progress: progress, cancellation: cancellation)
      guard output != nil else { return (result, String?.none) }
      let page = CheckPage(result, limit: limit)
      let thumbnails = try registry.thumbnails(
        of: page.digests, side: CheckPage.thumbnailSide, progress: progress,
        cancellation: cancellation)
      return (result, page.text(thumbnails: thumbnails))
    }
    if let output, let page {
      let replaced = try TextFile.write(page, to: output)
      if !global.quiet {
        Terminal.tell("\(replaced ? "Replaced" : "Wrote") \(output.safeForTerminal)\n")
      }
    }
    try global.show(result, result.report(limit: limit))
    if result.model == nil {
      global.suggest("registry check \(dataset) --model MODEL, which judges the labels, too")
    }
  }
}

/// From where on a check tells of something.
struct ThresholdOptions: ParsableArguments {
  @Option(help: "How alike two pictures are at least: the correlation of their thumbnails.")
  var correlation = CheckThresholds().correlation

  @Option(help: "How alike the features of two pictures are at least: their cosine.")
  var cosine = CheckThresholds().cosine

  @Option(help: "Tiny: a short side of fewer pixels.")
  var tiny = CheckThresholds().tiny

  @Option(
    help: "Blurred: a lower variance of the Laplacian, over the variance of the picture.")
  var blurred = CheckThresholds().blurred

  @Option(help: "Dark: 95 of 100 pixels are darker, from 0 to 1.")
  var dark = CheckThresholds().dark

  @Option(help: "Over-exposed: 75 of 100 pixels are brighter, from 0 to 1.")
  var overexposed = CheckThresholds().overexposed

  @Option(
    help: "Grey: the channels of 95 of 100 pixels differ by less, from 0 to 1.")
  var grey = CheckThresholds().grey

  @Option(help: "Odd aspect: a long side that is longer by more than this factor.")
  var aspect = CheckThresholds().aspect

  /// The thresholds, as a request takes them.
  var values: CheckThresholds {
    var values = CheckThresholds()
    values.correlation = correlation
    values.cosine = cosine
    values.tiny = tiny
    values.blurred = blurred
    values.dark = dark
    values.overexposed = overexposed
    values.grey = grey
    values.aspect = aspect
    return values
  }
}
