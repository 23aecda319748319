internal import ArgumentParser
internal import Presentation
internal import RegistryKit

/// The subcommand `registry tag`.
struct TagCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag",
    abstract: "Tag a model, a dataset or a run, or write a note about it.",
    discussion: """
      Tags are keys with values. What is written about a model or a dataset holds for all its \
      versions, unless one has its own. Without a change, shows what is written.

      Examples:
        registry tag wolfdog team=vision
        registry tag wolfdog@2 stage=beta --note Untested
        registry tag --dataset wolfdog license=CC0
        registry tag --run 3f2a reviewed=yes
        registry tag wolfdog@2 --remove stage
        registry tag wolfdog@2
      """)

  @Argument(
    help: ArgumentHelp(
      "The model, NAME or NAME@3, unless --dataset or --run is given; then tags to set.",
      valueName: "model|key=value"), completion: .model)
  var words: [String] = []

  @Option(help: "The dataset, NAME or NAME@3, instead of a model.", completion: .dataset)
  var dataset: String?

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "The run, by its id or a beginning of it, instead of a model.", valueName: "run"),
    completion: .run)
  var runID: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Remove that tag; may be given several times.", valueName: "key"))
  var remove: [String] = []

  @Option(help: ArgumentHelp("Write that note, instead of the one before.", valueName: "text"))
  var note: String?

  @Flag(help: "Remove the note.")
  var removeNote = false

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    let models = words.prefix { !$0.contains("=") }
    let named = models.count + (dataset == nil ? 0 : 1) + (runID == nil ? 0 : 1)
    guard named == 1 else {
      throw ValidationError("Name one model, one --dataset or one --run.")
    }
    if let word = words.dropFirst(models.count).first(where: { !$0.contains("=") }) {
      throw ValidationError("A tag is written KEY=VALUE, not '\(word.safeForTerminal)'.")
    }
    if note != nil && removeNote {
      throw ValidationError("--note and --remove-note exclude each other.")
    }
  }

  func run() throws {
    let registry = try global.open()
    var request = TagRequest(subject: subject, removedTags: remove)
    for word in words.drop(while: { !$0.contains("=") }) {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      request.tags[String(parts[0])] = String(parts[1])
    }
    if let note { request.note = .replaced(note) }
    if removeNote { request.note = .removed }
    let isQuestion = request.tags.isEmpty && remove.isEmpty && note == nil && !removeNote
    let result = try isQuestion ? registry.tags(of: subject) : registry.tag(request)
    try global.show(result, result.report)
  }

  private var subject: RegistrySubject {
    if let dataset { return .dataset(dataset) }
    if let runID { return .run(runID) }
    return .model(words.first ?? "")
  }
}
