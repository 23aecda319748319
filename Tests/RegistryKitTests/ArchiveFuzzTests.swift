import Catalog
import Diagnostics
import FileSystem
import Foundation
import Networks
import ObjectStore
import Tensors
import TestSupport
import Testing

@testable import RegistryKit

/// Archives that somebody put together: read or refused, and never more.
struct ArchiveFuzzTests {
  /// A registry with a small model, its child, a dataset, a run and a signature, and an archive of it.
  private func withArchive(_ body: (URL, _ archive: URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let photos = folder.appending(path: "photos")
      for label in ["dog", "wolf"] {
        let target = photos.appending(path: label)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        let source = Places.fixtures.appending(path: "photos/wolfdog/\(label)")
        for name in try FileManager.default.contentsOfDirectory(atPath: source.path).sorted()
          .prefix(3)
        {
          try FileManager.default.copyItem(
            at: source.appending(path: name), to: target.appending(path: name))
        }
      }
      let registry = try Self.newRegistry(in: folder, "source")
      _ = try registry.importImages(
        ImageImportRequest(paths: [photos.path], dataset: "wolfdog"))
      let base = try registry.register(try Self.draft())
      _ = try registry.derive(
        DeriveRequest(base: "net", head: "wolfdog", name: nil, datasets: []))
      let run = try registry.catalog.beginRun(
        RunDraft(
          kind: .evaluate, model: "net", baseID: base.record.id, datasetVersionIDs: [1],
          parameters: ["split": "test"], seed: 3, host: ["cores": "2"], program: "registry"))
      try registry.catalog.endRun(
        RunCompletion(
          run: run.id, state: .finished,
          metrics: (1...5).map { MetricPoint(key: "loss", step: $0, value: 1 / Double($0)) }))
      _ = try registry.setAlias("best", to: "net")
      let key = folder.appending(path: "key.pem").path
      _ = try Registry.makeKeyPair(at: key)
      _ = try registry.sign("wolfdog", keyFile: key)
      _ = try registry.recall("net", reason: "wrong labels")
      _ = try registry.undoRecall(of: "net", reason: "they are right")
      _ = try registry.recall("net", reason: "wrong preprocessing")
      let archive = folder.appending(path: "a.tar")
      _ = try registry.exportArchive(
        ArchiveExportRequest(models: ["wolfdog"], path: archive.path))
      try body(folder, archive)
    }
  }

  private static func newRegistry(in folder: URL, _ name: String) throws -> Registry {
    let path = folder.appending(path: "\(name)/.registry").path
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
    var stateDict = StateDict()
    for (index, tensor) in network.tensors.enumerated() {
      stateDict[tensor.name] = Tensor(
        shape: tensor.shape, [Float](repeating: Float(index), count: tensor.shape.elementCount))
    }
    return ModelDraft(
      name: "net", origin: .imported, network: network, labels: ["a", "b"],
      preprocessing: Preprocessing(
        shortSide: 32, cropHeight: 32, cropWidth: 32, interpolation: .bilinear,
        mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25]),
      freezePlan: .backboneFrozen(of: network), stateDict: stateDict, source: ModelSource(),
      mustBeNew: true)
  }

  @Test func `a file with other bytes is refused and nothing is stored`() throws {
    try withArchive { folder, archive in
      let registry = try Self.newRegistry(in: folder, "target")
      let whole = [UInt8](try Data(contentsOf: archive))
      var generator = SeededGenerator(seed: 31)
      for round in 0..<250 {
        var bytes = whole
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch round % 6 {
        case 0, 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 512))
        case 3:
          bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 512)], at: place)
        case 4: bytes.removeLast(bytes.count - place)
        default: bytes.swapAt(place, (place + 5000) % bytes.count)
        }
        guard bytes != whole else { continue }
        let file = folder.appending(path: "\(round).tar")
        try Data(bytes).write(to: file)
        let error = #expect(throws: RegistryError.self) {
          try registry.importArchive(ArchiveImportRequest(path: file.path))
        }
        #expect(error?.code == .damagedArchive, "\(round): \(error.debugDescription)")
        try FileManager.default.removeItem(at: file)
      }
      #expect(try registry.objects.digests().isEmpty)
      #expect(try registry.models().models.isEmpty && registry.datasets().datasets.isEmpty)
      let read = try registry.importArchive(ArchiveImportRequest(path: archive.path))
      #expect(read.models.map(\.isAdded) == [true, true])
      #expect(try registry.verify().isClean)
    }
  }

  @Test func `records of any form are taken or refused`() throws {
    try withArchive { folder, archive in
      let registry = try Self.newRegistry(in: folder, "target")
      let original = try Self.records(of: archive)
      var generator = SeededGenerator(seed: 32)
      var refused = 0
      let rounds = 1500
      for _ in 0..<rounds {
        var lines = original
        for _ in 0...Int.random(in: 0..<2, using: &generator) {
          Self.change(&lines, &generator)
        }
        do {
          try Self.take(lines, into: registry)
        } catch let error as RegistryError {
          #expect([.badInput, .conflict].contains(error.code.category), "\(error)")
          refused += 1
        }
      }
      #expect(refused > rounds / 2)
      try Self.take(original, into: registry)
      #expect(try registry.models().models.isEmpty)
    }
  }

  private static func records(of archive: URL) throws -> [[UInt8]] {
    let reader = try ArchiveReader(path: archive.path)
    let manifest = try JSONDecoder().decode(
      ArchiveManifest.self,
      from: Data(try reader.first(named: ArchiveManifest.path, limit: 1 << 20)))
    _ = try reader.next(
      ArchiveManifest.digestPath,
      byteCount: ArchiveManifest.digestText(of: []).utf8.count)
    return try reader.next(ArchiveManifest.recordsPath, byteCount: manifest.records.bytes)
      .split(separator: 0x0a).map(Array.init)
  }

  private static func change(
    _ lines: inout [[UInt8]], _ generator: inout some RandomNumberGenerator
  ) {
    let line = Int.random(in: 0..<lines.count, using: &generator)
    let place = Int.random(in: 0..<lines[line].count, using: &generator)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: lines.remove(at: line)
    case 1: lines.insert(lines[line], at: Int.random(in: 0...lines.count, using: &generator))
    case 2: lines.swapAt(line, Int.random(in: 0..<lines.count, using: &generator))
    case 3: lines[line][place] ^= 1 << UInt8.random(in: 0..<7, using: &generator)
    case 4: lines[line].removeSubrange(place..<min(lines[line].count, place + 3))
    case 5, 6:
      // Another number in the place of one.
      guard let digit = lines[line][place...].firstIndex(where: { (48...57).contains($0) }) else {
        return
      }
      let end = lines[line][digit...].firstIndex { !(48...57).contains($0) } ?? lines[line].endIndex
      let numbers = ["0", "-1", "3", "9223372036854775807", "1e308", "4294967296", "null"]
      lines[line].replaceSubrange(
        digit..<end, with: Array((numbers.randomElement(using: &generator) ?? "0").utf8))
    default: lines[line] = lines[line].reversed()
    }
    if lines.isEmpty { lines = [[0x7b]] }
  }

  /// Does with records what an import does, and takes it back.
  private static func take(_ lines: [[UInt8]], into registry: Registry) throws {
    let file = try ScratchFile(in: registry.folder)
    for line in lines { try (line + [0x0a]).withUnsafeBytes { try file.write($0) } }
    let packs = try registry.catalog.snapshot { snapshot in
      var contents = ArchiveContents(ArchiveFileList(), snapshot, limits: .standard)
      try file.eachRecord { try contents.take($0) }
      try contents.finish()
      return contents.sink.packs
    }
    let drafts = packs.map { pack in
      PackDraft(
        object: pack.tensors[0].digest, byteCount: 1 << 40,
        tensors: pack.tensors.map {
          PackedTensor(
            digest: $0.digest, byteOffset: 0,
            byteCount: $0.shape.elementCount * $0.type.byteCount, scalarType: $0.type.rawValue,
            shape: $0.shape.extents)
        })
    }
    try RegistryError.damagedArchive {
      try registry.catalog.rehearseArchive { transaction in
        var contents = ArchiveContents(
          ArchiveRows(transaction, packs: drafts, isRenamed: false), transaction.snapshot,
          limits: .standard)
        try file.eachRecord { try contents.take($0) }
        try contents.finish()
      }
    }
  }
}
