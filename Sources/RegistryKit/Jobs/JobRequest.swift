package import Diagnostics

/// What a job is asked to do, under the names of the command line's options.
package protocol JobRequest: Codable, Sendable {
  /// What the job does, for example `train`.
  static var kind: String { get }

  /// What an answer is made of.
  associatedtype Answer: Encodable & Sendable

  /// How many threads compute; the worker decides if not given.
  var threads: Int? { get set }

  /// Looks whether the job could begin now, so that what is wrong is said to who asks.
  ///
  /// - Throws: What is wrong with the request.
  func check(in registry: Registry) throws

  /// Does the job.
  ///
  /// `former` is the run of an attempt that did not come to its end.
  ///
  /// - Throws: What the use case throws.
  func perform(
    in registry: Registry, goingOnWith former: RunSummary?, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> Answer
}

/// Trains a model, or an architecture from nothing.
package struct TrainJob: JobRequest {
  package static let kind = "train"

  /// The model: `NAME`, `NAME@3` or `NAME@alias`.
  package var model: String?
  /// The architecture to train from nothing.
  package var architecture: String?
  /// The name of the model that an architecture becomes.
  package var name: String?
  /// Whether that model may exist and gets another version.
  package var newVersion: Bool?
  /// The datasets; those that the model's labels came from if none is given.
  package var dataset: [String]?
  package var seed: Int?
  /// Whether a model that is recalled is trained all the same.
  package var allowRecalled: Bool?
  package var options: TrainingOptionList

  private enum CodingKeys: String, CodingKey {
    case model, architecture, name, newVersion, dataset, seed, allowRecalled
  }

  /// Training of a model with these options.
  package init(
    model: String?, architecture: String? = nil, name: String? = nil, newVersion: Bool? = nil,
    dataset: [String]? = nil, seed: Int? = nil, allowRecalled: Bool? = nil,
    options: TrainingOptionList = TrainingOptionList()
  ) {
    self.model = model
    self.architecture = architecture
    self.name = name
    self.newVersion = newVersion
    self.dataset = dataset
    self.seed = seed
    self.allowRecalled = allowRecalled
    self.options = options
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    model = try container.decodeIfPresent(String.self, forKey: .model)
    architecture = try container.decodeIfPresent(String.self, forKey: .architecture)
    name = try container.decodeIfPresent(String.self, forKey: .name)
    newVersion = try container.decodeIfPresent(Bool.self, forKey: .newVersion)
    dataset = try container.decodeIfPresent([String].self, forKey: .dataset)
    seed = try container.decodeIfPresent(Int.self, forKey: .seed)
    allowRecalled = try container.decodeIfPresent(Bool.self, forKey: .allowRecalled)
    options = try TrainingOptionList(from: decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(model, forKey: .model)
    try container.encodeIfPresent(architecture, forKey: .architecture)
    try container.encodeIfPresent(name, forKey: .name)
    try container.encodeIfPresent(newVersion, forKey: .newVersion)
    try container.encodeIfPresent(dataset, forKey: .dataset)
    try container.encodeIfPresent(seed, forKey: .seed)
    try container.encodeIfPresent(allowRecalled, forKey: .allowRecalled)
    try options.encode(to: encoder)
  }

  package var threads: Int? {
    get { options.threads }
    set { options.threads = newValue }
  }

  package func check(in registry: Registry) throws {
    try registry.check(datasets: dataset)
    if let model {
      guard architecture == nil, name == nil, newVersion == nil else {
        throw RegistryError.malformed(
          "A model is trained on, or an architecture from nothing.", "architecture",
          remedy: "Give model, or architecture with name.")
      }
      return try registry.check(model: model)
    }
    guard let architecture, let name else {
      throw RegistryError.malformed(
        "There is nothing to train.", "model", remedy: "Give model, or architecture with name.")
    }
    try registry.check(
      scratch: ScratchRequest(
        architecture: architecture, name: name, isNewVersion: newVersion ?? false))
  }

  package func perform(
    in registry: Registry, goingOnWith former: RunSummary?, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> TrainResult {
    var request = TrainRequest(options, datasets: dataset ?? [], seed: seed ?? 0)
    request.allowsRecalled = allowRecalled
    if let former {
      request.resume = former.run
      return try registry.train(
        former.model, request, progress: progress, cancellation: cancellation)
    }
    if let architecture, let name {
      return try registry.train(
        ScratchRequest(
          architecture: architecture, name: name, isNewVersion: newVersion ?? false), request,
        progress: progress, cancellation: cancellation)
    }
    return try registry.train(
      model ?? "", request, progress: progress, cancellation: cancellation)
  }
}

/// Derives a child and trains it.
package struct DeriveJob: JobRequest {
  package static let kind = "derive"

  package var request: DeriveOptionList
  package var options: TrainingOptionList

  /// A child that is trained with these options.
  package init(_ request: DeriveOptionList, options: TrainingOptionList = TrainingOptionList()) {
    self.request = request
    self.options = options
  }

  package init(from decoder: any Decoder) throws {
    request = try DeriveOptionList(from: decoder)
    options = try TrainingOptionList(from: decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    try request.encode(to: encoder)
    try options.encode(to: encoder)
  }

  package var threads: Int? {
    get { options.threads }
    set { options.threads = newValue }
  }

  package func check(in registry: Registry) throws {
    try registry.check(datasets: request.dataset)
    try registry.check(derivation: request.request())
  }

  package func perform(
    in registry: Registry, goingOnWith former: RunSummary?, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> TrainResult {
    var training = TrainRequest(
      options, datasets: request.dataset ?? [], seed: request.seed ?? 0)
    if let former {
      training.resume = former.run
      return try registry.train(
        former.model, training, progress: progress, cancellation: cancellation)
    }
    return try registry.derive(
      request.request(), training: training, progress: progress, cancellation: cancellation)
  }
}

/// Which child to derive, under the names of the command line's options.
package struct DeriveOptionList: Codable, Sendable, Hashable {
  /// The base: `NAME`, `NAME@3` or `NAME@alias`.
  package var from: String
  /// The name of the head.
  package var head: String
  /// The child's name; the head's if not given.
  package var name: String?
  package var dataset: [String]?
  package var labels: [String]?
  package var extend: Bool?
  /// `backbone`, `none`, `up-to:LAYER`, or patterns of layers.
  package var freeze: [String]?
  package var hidden: Int?
  package var dropout: Float?
  package var newVersion: Bool?
  package var seed: Int?
  package var allowRecalled: Bool?

  /// A linear head on a frozen backbone.
  package init(from: String, head: String) {
    self.from = from
    self.head = head
  }

  /// What the options ask for.
  ///
  /// - Throws: `malformed_request`.
  package func request() throws -> DeriveRequest {
    var request = DeriveRequest(
      base: from, head: head, name: name, datasets: dataset ?? [], labels: labels,
      extendsBase: extend ?? false,
      freeze: try FreezeRequest(words: freeze ?? []) ?? .backbone, hidden: hidden,
      dropout: dropout, isNewVersion: newVersion ?? false, seed: seed ?? 0)
    request.allowsRecalled = allowRecalled ?? false
    return request
  }
}

/// Measures a model.
package struct EvaluateJob: JobRequest {
  package static let kind = "evaluate"

  package var model: String
  package var dataset: [String]?
  /// `train`, `validation`, `test`, or `all`; the test images if not given.
  package var split: String?
  package var threads: Int?

  /// A measurement on the images that training never saw.
  package init(model: String) { self.model = model }

  package func check(in registry: Registry) throws {
    try registry.check(model: model, datasets: dataset)
  }

  package func perform(
    in registry: Registry, goingOnWith former: RunSummary?, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> EvaluationResult {
    try registry.evaluate(
      EvaluateRequest(
        model: model, datasets: dataset ?? [], split: split ?? "test", threads: threads),
      progress: progress, cancellation: cancellation)
  }
}

/// Compares ways to train for the labels of a model.
package struct CompareJob: JobRequest {
  package static let kind = "compare"

  package var model: String
  package var dataset: [String]?
  /// How many training images of each label the parts have; null for all.
  package var imagesPerClass: [Int?]?
  package var seeds: Int?
  package var epochs: Int?
  package var unfreeze: [String]?
  /// The architecture that is trained from scratch.
  package var scratch: String?
  package var scratchEpochs: Int?
  package var threads: Int?

  /// A comparison that leaves everything to the defaults.
  package init(model: String) { self.model = model }

  package func check(in registry: Registry) throws {
    try registry.check(model: model, datasets: dataset)
  }

  package func perform(
    in registry: Registry, goingOnWith former: RunSummary?, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> ComparisonResult {
    var request = CompareRequest(
      model: model, datasets: dataset ?? [], epochs: epochs, unfreezing: unfreeze ?? [],
      scratchEpochs: scratchEpochs, threads: threads)
    if let imagesPerClass { request.imagesPerClass = imagesPerClass }
    if let seeds { request.seeds = seeds }
    if let scratch { request.scratchArchitecture = scratch }
    return try registry.compare(request, progress: progress, cancellation: cancellation)
  }
}
