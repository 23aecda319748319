internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry derive`.
struct DeriveCommand: NetworkCommand {
  static let configuration = CommandConfiguration(
    commandName: "derive",
    abstract: "Make a child of a model, with a head of its own.",
    discussion: """
      The child shares its backbone with the base, byte for byte, and gets a new head for the labels \
      of the dataset that is named like the head. The backbone is frozen, running statistics \
      included, and that is checked after training. Only the head takes space on the disk.

      Examples:
        registry derive --from efficientnet-lite0 --head wolfdog --train
        registry derive --from wolfdog --head canines --dataset coyote --extend
      """)

  @Option(
    help: ArgumentHelp("The base: NAME, NAME@3 or NAME@ALIAS.", valueName: "model"),
    completion: .model)
  var from: String

  @Option(help: ArgumentHelp("The name of the head.", valueName: "name"))
  var head: String

  @Option(help: "The child's name. (default: that of the head)")
  var name: String?

  @Option(
    help: ArgumentHelp(
      """
      A dataset whose labels the head tells apart; give it again to join several. (default: the one \
      named like the head)
      """, valueName: "dataset"), completion: .dataset)
  var dataset: [String] = []

  @Option(
    help: ArgumentHelp(
      "The labels, separated by commas, when no dataset gives them.", valueName: "a,b"))
  var labels: String?

  @Flag(help: "Keep the base's labels with their weights, and add the new ones.")
  var extend = false

  @Option(
    help: ArgumentHelp(
      """
      What training leaves alone: 'backbone', 'none', 'up-to:LAYER', or a pattern of layer names \
      such as 'blocks.0.*', which may be given several times. (default: backbone)
      """, valueName: "what"), completion: .layer(ofModelAfter: "--from"))
  var freeze: [String] = []

  @Option(
    help: ArgumentHelp(
      "The width of a hidden layer in the head. (default: none, one linear layer)",
      valueName: "units"))
  var hidden: Int?

  @Option(
    help: ArgumentHelp(
      "The share of features, from 0 to 1, that training drops at random.", valueName: "share"))
  var dropout: Float?

  @Flag(help: "Add a version to the model of that name if there is one.")
  var newVersion = false

  @Option(help: ArgumentHelp("The seed of everything random.", valueName: "number"))
  var seed = 0

  @Flag(help: "Derive from a base that is recalled all the same.")
  var allowRecalled = false

  @Flag(help: "Train the child before it is registered.")
  var train = false

  @OptionGroup(title: "Training options, with --train") var training: TrainingOptions

  @OptionGroup var server: ServerOptions

  @OptionGroup var global: GlobalOptions

  var computes: Bool { train && server.server == nil }

  mutating func validate() throws {
    if server.server != nil, !train {
      throw ValidationError("--server has an effect with --train only: without it there is no job.")
    }
    if let hidden, hidden < 1 {
      throw ValidationError("--hidden must be at least 1, not \(hidden).")
    }
    if let dropout, !(0..<1).contains(dropout) {
      throw ValidationError("--dropout must be at least 0 and less than 1, not \(dropout).")
    }
    if !train, let option = training.firstGiven {
      throw ValidationError("\(option) has no effect without --train.")
    }
    if let list = labelList {
      if list.contains(where: \.isEmpty) {
        throw ValidationError("--labels has an empty label.")
      }
      if let twice = list.indices.first(where: { list[..<$0].contains(list[$0]) }) {
        throw ValidationError("--labels names '\(list[twice])' twice.")
      }
    }
    _ = try FreezeRequest(arguments: freeze)
  }

  private var labelList: [String]? {
    labels?.split(separator: ",", omittingEmptySubsequences: false).map {
      String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// What the options ask for.
  func request() throws -> DeriveRequest { try job.request.request() }

  /// The job that the options ask for.
  private var job: DeriveJob {
    var list = DeriveOptionList(from: from, head: head)
    list.name = name
    list.dataset = dataset.isEmpty ? nil : dataset
    list.labels = labelList
    list.extend = extend ? true : nil
    list.freeze = freeze.isEmpty ? nil : freeze
    list.hidden = hidden
    list.dropout = dropout
    list.newVersion = newVersion ? true : nil
    list.seed = seed
    list.allowRecalled = allowRecalled ? true : nil
    return DeriveJob(list, options: training.list)
  }

  func run() throws {
    if let (result, json) = try server.result(of: job, as: TrainResult.self, global) {
      return try global.show(json: json, result.report)
    }
    let registry = try global.open()
    let request = try request()
    guard train else {
      let result = try registry.derive(request)
      try global.show(result, result.report)
      return global.suggest("registry train \(result.model)")
    }
    let result = try global.work { progress, cancellation in
      try registry.derive(
        request, training: training.request(datasets: dataset, seed: seed), progress: progress,
        cancellation: cancellation)
    }
    try global.show(result, result.report)
    global.suggest("registry evaluate \(result.model) --split test")
  }
}
