internal import Catalog
internal import Diagnostics
internal import Foundation
internal import Images
internal import Networks
internal import Tensors

@testable internal import RegistryKit

/// A registry with one of everything that an archive holds, made once for a process.
final class SampleRegistry {
  /// Used by the fuzzer's loop only, which has one thread.
  nonisolated(unsafe) static let shared: SampleRegistry = {
    do {
      return try SampleRegistry(in: FuzzTarget.scratch)
    } catch {
      fatalError("The registry for the fuzzer cannot be made: \(error)")
    }
  }()

  /// The registry.
  let source: Registry
  /// An archive of it.
  let archive: Data
  /// Where the records stand in the archive, with the zeros behind them.
  let recordsRange: Range<Int>
  /// The records.
  let records: Data

  private let folder: URL
  private var emptyRegistry: Registry?

  private init(in folder: URL) throws {
    self.folder = folder
    source = try Self.emptyRegistry(at: folder.appending(path: "source"))
    let photos = folder.appending(path: "photos")
    for (number, label) in ["dog", "dog", "wolf", "wolf"].enumerated() {
      let place = photos.appending(path: label)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let picture = Image(
        width: 8, height: 8,
        pixels: (0..<192).map { UInt8(truncatingIfNeeded: $0 * (29 + 14 * number) / 5) })
      try Data(ImageEncoder.png(picture)).write(to: place.appending(path: "\(number).png"))
    }
    _ = try source.importImages(ImageImportRequest(paths: [photos.path], dataset: "wolfdog"))
    let base = try source.register(try Self.draft())
    _ = try source.derive(
      DeriveRequest(base: "net", head: "wolfdog", name: nil, datasets: []))
    let run = try source.catalog.beginRun(
      RunDraft(
        kind: .evaluate, model: "net", baseID: base.record.id, datasetVersionIDs: [1],
        parameters: ["split": "test"], seed: 3, host: ["cores": "2"], program: "registry"))
    try source.catalog.endRun(
      RunCompletion(
        run: run.id, state: .finished,
        metrics: (1...5).map { MetricPoint(key: "loss", step: $0, value: 1 / Double($0)) }))
    _ = try source.setAlias("best", to: "net")
    let key = folder.appending(path: "key.pem").path
    _ = try Registry.makeKeyPair(at: key)
    _ = try source.sign("wolfdog", keyFile: key)
    let file = folder.appending(path: "sample.tar")
    _ = try source.exportArchive(ArchiveExportRequest(models: ["wolfdog"], path: file.path))
    archive = try Data(contentsOf: file)
    // The manifest, its digest, the records.
    var range = 0..<0
    var count = 0
    for _ in 0..<3 {
      let header = Array(archive[range.upperBound..<range.upperBound + TarHeader.blockSize])
      count = TarHeader.statedByteCount(in: header) ?? 0
      let start = range.upperBound + TarHeader.blockSize
      let padding = TarHeader(path: "", byteCount: count).paddingByteCount
      range = start..<start + count + padding
    }
    recordsRange = range
    records = archive.subdata(in: range.lowerBound..<range.lowerBound + count)
  }

  /// A registry without anything in it.
  func target() throws -> Registry {
    if let emptyRegistry { return emptyRegistry }
    let place = folder.appending(path: "target")
    try? FileManager.default.removeItem(at: place)
    let registry = try Self.emptyRegistry(at: place)
    emptyRegistry = registry
    return registry
  }

  /// Lets ``target()`` make a new registry the next time: there is something in this one.
  func forgetTarget() { emptyRegistry = nil }

  private static func emptyRegistry(at place: URL) throws -> Registry {
    let path = place.appending(path: ".registry").path
    _ = try Registry.initialize(at: path)
    return try Registry(opening: path)
  }

  private static func draft() throws -> ModelDraft {
    let network = Network(
      architecture: "convnet",
      backbone: [
        Layer(
          "stem", .convolution(Convolution(inChannels: 3, outChannels: 4, kernel: 3)),
          inputs: ["input"]),
        Layer("pool", .globalAveragePool, inputs: ["stem"]),
        Layer("flat", .flatten, inputs: ["pool"]),
      ],
      head: [
        Layer("head", .linear(Linear(inFeatures: 4, outFeatures: 2)), inputs: ["flat"])
      ])
    return ModelDraft(
      name: "net", origin: .imported, network: network, labels: ["a", "b"],
      preprocessing: Preprocessing(
        shortSide: 32, cropHeight: 32, cropWidth: 32, interpolation: .bilinear,
        mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25]),
      freezePlan: .backboneFrozen(of: network), stateDict: network.initialTensors(seed: 1),
      source: ModelSource(), mustBeNew: true)
  }
}
