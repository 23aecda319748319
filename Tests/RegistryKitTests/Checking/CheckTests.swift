import Catalog
import Diagnostics
import Foundation
import RegistryKit
import TestSupport
import Testing

struct CheckTests {
  private static func imported(
    _ folder: URL, _ body: (Registry) throws -> Void
  ) throws {
    let place = folder.appending(path: ".registry").path
    _ = try Registry.initialize(at: place)
    let registry = try Registry(opening: place)
    _ = try registry.importImages(
      ImageImportRequest(paths: [folder.appending(path: "photos").path], dataset: "planted"))
    try body(registry)
  }

  private static func name(_ image: CheckResult.Image) -> String {
    image.path.split(separator: "/").last.map(String.init) ?? ""
  }

  @Test func `what was planted is found, and nothing else`() throws {
    try withTemporaryFolder { folder in
      let planted = try PlantedDataset(in: folder.appending(path: "photos"))
      try Self.imported(folder) { registry in
        let result = try registry.check(CheckRequest(dataset: "planted"))
        #expect(result.images == PlantedDataset.imageCount)
        #expect(result.model == nil && result.labelIssues == nil && result.hardest == nil)
        for kind in CheckResult.Duplicate.Kind.allCases {
          let found = result.duplicates.filter { $0.kind == kind }
            .map { $0.images.map(Self.name).sorted() }
          #expect(Set(found) == planted.pairs[kind] ?? [], "\(kind)")
          #expect(Set(found).count == found.count, "each pair once")
        }
        for kind in CheckResult.Defect.Kind.allCases {
          let found = result.defects.filter { $0.kind == kind }.map { Self.name($0.image) }
          #expect(Set(found) == planted.defects[kind], "\(kind)")
        }
        #expect(result.leaks == PlantedDataset.leakCount)
        #expect(
          result.duplicates.prefix(result.leaks).allSatisfy { $0.isLeak && !$0.labelsDiffer })
        for crop in result.duplicates where crop.kind == .crop {
          let window = try #require(crop.window)
          #expect(Self.name(crop.images[1]).hasSuffix("crop.jpg"), "the part comes second")
          #expect(crop.images.map(\.split) == ["train", "test"])
          #expect((0.0...0.16).contains(window[0]) && (0.84...1.0).contains(window[3]))
        }
      }
    }
  }

  @Test func `a dataset in order has no findings`() throws {
    try withTemporaryFolder { folder in
      let planted = try PlantedDataset(in: folder.appending(path: "photos"))
      for name in planted.names {
        for place in ["train/dog", "train/wolf", "test/dog", "test/wolf"] {
          try? FileManager.default.removeItem(
            at: folder.appending(path: "photos/\(place)/\(name)"))
        }
      }
      try Self.imported(folder) { registry in
        let result = try registry.check(CheckRequest(dataset: "planted"))
        #expect(result.images == PlantedDataset.originalCount)
        #expect(result.duplicates.isEmpty && result.defects.isEmpty && result.leaks == 0)
      }
    }
  }

  @Test func `files with the same bytes are one image, which the import tells of`() throws {
    try withTemporaryFolder { folder in
      _ = try PlantedDataset(in: folder.appending(path: "photos"))
      let place = folder.appending(path: "photos/train/dog")
      let name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: place.path).sorted().first)
      try FileManager.default.copyItem(
        at: place.appending(path: name), to: place.appending(path: "another-name.png"))
      let registryFolder = folder.appending(path: ".registry").path
      _ = try Registry.initialize(at: registryFolder)
      let registry = try Registry(opening: registryFolder)
      let read = try registry.importImages(
        ImageImportRequest(paths: [folder.appending(path: "photos").path], dataset: "planted"))
      #expect(read.images.duplicates == 1)
      #expect(
        try registry.check(CheckRequest(dataset: "planted")).images == PlantedDataset.imageCount)
    }
  }

  @Test func `a second check measures nothing, and a new image costs only itself`() throws {
    try withTemporaryFolder { folder in
      _ = try PlantedDataset(in: folder.appending(path: "photos"))
      try Self.imported(folder) { registry in
        let first = try registry.check(CheckRequest(dataset: "planted", threads: 1))
        #expect(first.cache.hits == 0 && first.cache.misses == PlantedDataset.imageCount)
        let second = try registry.check(CheckRequest(dataset: "planted@1"))
        #expect(second.cache.hits == PlantedDataset.imageCount && second.cache.misses == 0)
        #expect(second.duplicates.map(\.images) == first.duplicates.map(\.images))
        #expect(second.duplicates.map(\.similarity) == first.duplicates.map(\.similarity))
        #expect(second.defects.map(\.value) == first.defects.map(\.value))

        let added = Places.fixtures.appending(path: "photos/coyote/coyote/coyote-001.png").path
        try FileManager.default.copyItem(
          atPath: added, toPath: folder.appending(path: "photos/train/wolf/new.png").path)
        _ = try registry.importImages(
          ImageImportRequest(paths: [folder.appending(path: "photos").path], dataset: "planted"))
        let third = try registry.check(CheckRequest(dataset: "planted"))
        #expect(third.version == 2 && third.images == PlantedDataset.imageCount + 1)
        #expect(third.cache.hits == PlantedDataset.imageCount && third.cache.misses == 1)
      }
    }
  }

  @Test func `other thresholds find other things`() throws {
    try withTemporaryFolder { folder in
      _ = try PlantedDataset(in: folder.appending(path: "photos"))
      try Self.imported(folder) { registry in
        var thresholds = CheckThresholds()
        thresholds.tiny = 1
        thresholds.dark = 1
        let result = try registry.check(
          CheckRequest(dataset: "planted", thresholds: thresholds))
        #expect(result.defects.contains { $0.kind == .tiny } == false)
        #expect(result.defects.count { $0.kind == .dark } > 40)
        let dark = result.defects.filter { $0.kind == .dark }.map(\.value)
        #expect(dark == dark.sorted(), "the darkest first")
        thresholds.dark = 2
        let error = try #require(throws: RegistryError.self) {
          try registry.check(CheckRequest(dataset: "planted", thresholds: thresholds))
        }
        #expect(error.code.name == "malformed_request")
      }
    }
  }

  @Test func `a check that was stopped says so, and the next one goes on`() throws {
    try withTemporaryFolder { folder in
      _ = try PlantedDataset(in: folder.appending(path: "photos"))
      try Self.imported(folder) { registry in
        let cancellation = Cancellation()
        let observer = StoppingObserver(after: 20, cancellation)
        let error = try #require(throws: RegistryError.self) {
          try registry.check(
            CheckRequest(dataset: "planted", threads: 1), progress: observer,
            cancellation: cancellation)
        }
        #expect(error.code == .interrupted)
        let result = try registry.check(CheckRequest(dataset: "planted"))
        #expect(result.cache.hits == 20 && result.cache.misses == PlantedDataset.imageCount - 20)
      }
    }
  }

  /// Asks for the work to stop when so much is done.
  private struct StoppingObserver: ProgressObserver {
    private let count: Int
    private let cancellation: Cancellation

    init(after count: Int, _ cancellation: Cancellation) {
      self.count = count
      self.cancellation = cancellation
    }

    func progress(_ update: ProgressUpdate) {
      if update.completed >= count { cancellation.cancel() }
    }
  }

  @Test func `thumbnails are small JPEG files of the images that were asked for`() throws {
    try withTemporaryFolder { folder in
      _ = try PlantedDataset(in: folder.appending(path: "photos"))
      try Self.imported(folder) { registry in
        let digests = Set(
          try registry.check(CheckRequest(dataset: "planted")).defects.map(\.image.digest))
        let thumbnails = try registry.thumbnails(of: digests, side: 64)
        #expect(Set(thumbnails.keys) == digests)
        #expect(thumbnails.values.allSatisfy { $0.starts(with: [0xff, 0xd8]) && $0.count < 8_000 })
      }
    }
  }
}
