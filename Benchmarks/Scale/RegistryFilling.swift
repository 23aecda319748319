import Catalog
import Diagnostics
import Foundation
import Networks
import Tensors

/// Writes the records of many models, datasets and runs through the catalogue's own code.
///
/// Every version has the tensors of one real model, so that few bytes stand behind many records and
/// the registry is sound but for the bytes of its images. For each version there are ten images and
/// a hundred metric points; a dataset holds a thousand images.
///
/// Among the many there is a family with names that begin with `probe`, of the same size and shape
/// whatever the number of versions around it: what is asked about it has the same answer always.
struct RegistryFilling {
  /// How many versions of models there are to be.
  let versions: Int
  private let catalog: CatalogDatabase
  private let template: ModelVersionRecord
  private let groups: [[NamedTensor]]
  private var random: RandomGenerator
  private var written = 0
  private var points = 0
  private var images = 0
  /// The newest dataset versions, oldest first.
  private var datasets: [DatasetVersionRecord] = []
  /// The newest versions of the wood, from which bases are drawn.
  private var recent: [Int64] = []
  private let start = ScaleBenchmark.seconds()

  init(folder: String, versions: Int, seed: UInt64) throws {
    self.versions = versions
    // Opened without the objects: there are none behind the images.
    catalog = try CatalogDatabase(opening: "\(folder)/registry.sqlite")
    template = try catalog.modelVersion(try Reference(parsing: "wolfdog"))
    let backbone = try JSONDecoder().decode([Layer].self, from: Data(template.backbone.utf8))
    let names = Set(backbone.flatMap(\.tensors).map(\.name))
    let tensors = try catalog.tensors(of: template).map {
      NamedTensor(name: $0.name, digest: $0.digest)
    }
    groups = [
      tensors.filter { names.contains($0.name) }, tensors.filter { !names.contains($0.name) },
    ]
    random = RandomGenerator(seed: seed)
  }

  mutating func run() throws {
    let chain = versions / 20
    let fan = versions / 5
    for number in 0..<versions / 100 / 2 { try addDataset("photos-\(number)") }
    for number in 0..<2 { try addChain("chain-\(number)", length: chain) }
    try addFan("fan-0", children: fan)
    try addWood(until: versions / 2)
    try addProbes()
    for number in versions / 100 / 2..<versions / 100 { try addDataset("photos-\(number)") }
    for number in 2..<4 { try addChain("chain-\(number)", length: chain) }
    try addFan("fan-1", children: fan / 2)
    try addWood(until: versions)
    try addMetrics()
    report("done")
  }

  // Shapes of lineages ----------------------------------------------------------------------------

  /// Versions of one model, each the base of the next.
  private mutating func addChain(_ name: String, length: Int) throws {
    var base = try add(name, base: nil)
    for _ in 1..<max(length, 2) { base = try add(name, base: base) }
    report(name)
  }

  /// Models with one base.
  private mutating func addFan(_ name: String, children: Int) throws {
    let base = try add(name, base: nil)
    for child in 0..<children { _ = try add("\(name)-child-\(child / 50)", base: base) }
    report(name)
  }

  /// Versions whose bases are drawn among the newest thousand, half of them made by a run.
  private mutating func addWood(until count: Int) throws {
    while written < count {
      let name = "model-\(written / 20)"
      let base =
        recent.isEmpty || written % 500 == 0 ? nil : recent[random.next(below: recent.count)]
      let id = try add(name, base: base, isTrained: written % 2 == 0)
      if recent.count < 1000 { recent.append(id) } else { recent[random.next(below: 1000)] = id }
      if written % 10 == 0 {
        let newest = try catalog.modelVersion(id: id)
        _ = try catalog.setAlias("production", model: name, version: newest.version)
      }
      if written % 10_000 == 0 { report("wood") }
    }
  }

  /// The family that questions are about: a chain of 50, 50 children of its middle, a dataset, and
  /// a run with three metrics of a thousand points.
  private mutating func addProbes() throws {
    try addDataset("probe-photos")
    guard let dataset = datasets.last else { return }
    var base = try add("probe-base", base: nil)
    for step in 1..<50 {
      base = try add("probe-\(step)", base: base)
      guard step == 25 else { continue }
      let middle = base
      for child in 0..<50 { _ = try add("probe-child-\(child)", base: middle) }
    }
    let run = try beginRun("probe-trained", base: base, [dataset.id])
    for step in 1...1000 where step % 100 == 0 {
      try catalog.appendMetrics(
        (step - 99...step).flatMap { step in
          ["train_loss", "validation_loss", "validation_accuracy"].map {
            MetricPoint(key: $0, step: step, value: 1 / Double(step))
          }
        }, to: run)
    }
    _ = try add("probe-trained", base: base, datasets: [dataset.id], run: run)
    // Nothing else is trained on it, so that its trace is the same always.
    datasets.removeAll { $0.dataset == dataset.dataset }
    report("probes")
  }

  // Records ---------------------------------------------------------------------------------------

  /// Registers a version with the tensors of the template.
  private mutating func add(
    _ name: String, base: Int64?, isTrained: Bool = false, datasets: [Int64] = [],
    run: String? = nil
  ) throws -> Int64 {
    var datasets = datasets
    var run = run
    if isTrained, run == nil, !self.datasets.isEmpty {
      datasets = [self.datasets[random.next(below: self.datasets.count)].id]
      run = try beginRun(name, base: base, datasets)
      try catalog.appendMetrics(lastMetrics(), to: run ?? "")
    }
    let draft = ModelVersionDraft(
      model: name, origin: base == nil ? .imported : run == nil ? .derived : .trained,
      architecture: template.architecture, backbone: template.backbone, head: template.head,
      labels: template.labels, preprocessing: template.preprocessing,
      freezePlan: template.freezePlan, source: template.source, baseID: base,
      parameterCount: template.parameterCount, inheritedLayers: template.inheritedLayers,
      retrainedLayers: template.retrainedLayers, addedLayers: template.addedLayers,
      droppedLayers: template.droppedLayers, sharedBytes: template.sharedBytes,
      newBytes: template.newBytes, ownByteCount: 0, tensorGroups: groups, packs: [],
      datasetVersionIDs: datasets,
      run: run.map { RunCompletion(run: $0, state: .finished) })
    written += 1
    return try catalog.registerModelVersion(draft).id
  }

  private mutating func beginRun(
    _ model: String, base: Int64?, _ datasets: [Int64]
  ) throws -> String {
    let optimizers = ["adamw", "lbfgs", "sgd"]
    return try catalog.beginRun(
      RunDraft(
        kind: .train, model: model, baseID: base, datasetVersionIDs: datasets,
        parameters: [
          "epochs": String(5 + random.next(below: 40)),
          "optimizer": optimizers[random.next(below: 3)],
          "learning_rate": String(pow(10, -1 - 4 * Double(random.uniform()))),
          "batch_size": String(8 << random.next(below: 4)), "method": "head",
          "weight_decay": "0.0001",
        ],
        seed: random.next(below: 1000),
        host: ["cores": "2", "host": "machine-\(random.next(below: 20))"],
        program: "registry 0.1.0")
    ).id
  }

  private mutating func lastMetrics() -> [MetricPoint] {
    ["test_accuracy", "test_loss"].map {
      MetricPoint(key: $0, step: 1, value: Double(random.uniform()))
    }
  }

  /// A dataset of a thousand images under three labels; every tenth has a second version.
  private mutating func addDataset(_ name: String) throws {
    let fractions = SplitShares(train: 0.7, validation: 0.15, test: 0.15)
    func images(_ range: Range<Int>) -> ([ImageRecord], [DatasetItem]) {
      var records: [ImageRecord] = []
      var items: [DatasetItem] = []
      for number in range {
        let path = "/photos/\(name)/\(number).jpg"
        let digest = Digest(of: Array(path.utf8))
        let hash = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        records.append(
          ImageRecord(
            digest: digest, byteCount: 20_000, width: 320, height: 240, format: "jpeg",
            channels: 3, bitDepth: 8, orientation: 1, hasAlpha: false, hasColorProfile: false,
            perceptualHash: hash, warning: nil))
        items.append(
          DatasetItem(
            digest: digest, label: ["coyote", "dog", "wolf"][number % 3],
            split: [Split.train, .train, .train, .validation, .test][number % 5],
            sourcePath: path, group: nil, perceptualHash: hash))
      }
      return (records, items)
    }
    let count = 1000
    let (records, items) = images(0..<count)
    let version = try catalog.recordImport(
      ImageImportDraft(
        dataset: name, baseVersion: nil, seed: 0, fractions: fractions, images: records,
        added: items))
    datasets.append(version)
    self.images += count
    guard datasets.count % 10 == 0 else { return }
    let (newRecords, newItems) = images(count..<count + 10)
    datasets.append(
      try catalog.recordImport(
        ImageImportDraft(
          dataset: name, baseVersion: 1, seed: 0, fractions: fractions, images: newRecords,
          added: newItems, removed: items.prefix(5).map(\.digest))))
    self.images += 10
  }

  /// Runs with long histories, until there are a hundred points for each version.
  private mutating func addMetrics() throws {
    let keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
    let start = ScaleBenchmark.seconds()
    while points < 100 * versions {
      let run = try beginRun("model-\(random.next(below: versions / 20))", base: nil, [])
      for first in stride(from: 1, to: 2500, by: 250) {
        let batch = (first..<first + 250).flatMap { step in
          keys.map {
            MetricPoint(key: $0, step: step, value: Double(random.uniform()) / Double(step))
          }
        }
        try catalog.appendMetrics(batch, to: run)
        points += batch.count
      }
      try catalog.endRun(RunCompletion(run: run, state: .finished, metrics: lastMetrics()))
      if points % 1_000_000 == 0 { report("metrics") }
    }
    let seconds = ScaleBenchmark.seconds() - start
    print("points_per_second \(Int(Double(points) / seconds))")
  }

  private func report(_ part: String) {
    let seconds = Int(ScaleBenchmark.seconds() - start)
    FileHandle.standardError.write(
      Data("\(seconds) s  \(part): \(written) versions, \(images) images, \(points) points\n".utf8))
  }
}
