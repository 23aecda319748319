import Foundation
import TestSupport
import Testing

/// What the tests of faults start from, made once: `old`, the stored registry of the first schema, and
/// `new`, which was brought up to date and has something for every command beside it.
enum PreparedFaults {
  private static let place = FileManager.default.temporaryDirectory
    .appending(path: "registry-faults-\(ProcessInfo.processInfo.processIdentifier)")

  /// The folder of both.
  static let folder: Result<URL, any Error> = Result {
    try? FileManager.default.removeItem(at: place)
    atexit { try? FileManager.default.removeItem(at: PreparedFaults.place) }
    let (old, new) = (place.appending(path: "old"), place.appending(path: "new"))
    for place in [old, new] {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try StoredRegistry.unpack("0001", into: place)
    }
    let registry = RegistryProcess(folder: new)
    // Exporting gives a model file whose tensors the registry then has: one bias is changed.
    try registry.succeed("export", "base", "--output", "other.safetensors")
    try changeLastByte(of: new.appending(path: "other.safetensors"))
    // A model that a collection frees the bytes of, and one that nothing needs.
    for (name, hidden) in [("unwanted", "64"), ("spare", "32")] {
      try registry.succeed(
        "derive", "--from", "base", "--head", "shapes", "--name", name, "--hidden", hidden)
    }
    try registry.succeed("delete", "unwanted")
    try registry.succeed("keygen", "--output", "key.pem")
    let points = (1...2500).map { "{\"step\": \($0), \"loss\": \(1 / Double($0))}\n" }
    try Data(points.joined().utf8).write(to: new.appending(path: "points.jsonl"))
    for (folder, first) in [("photos", 0), ("more", 10), ("strange", 20)] {
      try copyPhotos(to: new.appending(path: folder), from: first)
    }
    try writeArchive(of: new)
    return place
  }

  /// Ten pictures of each label, from that one on.
  private static func copyPhotos(to folder: URL, from first: Int) throws {
    for label in ["dog", "wolf"] {
      let source = Story.photos.appending(path: "wolfdog/\(label)")
      let target = folder.appending(path: label)
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      let names = try FileManager.default.contentsOfDirectory(atPath: source.path).sorted()
      for name in names[first..<first + 10] {
        try FileManager.default.copyItem(
          at: source.appending(path: name), to: target.appending(path: name))
      }
    }
  }

  /// An archive from another registry, with a dataset, a base and a trained head that this one lacks.
  private static func writeArchive(of folder: URL) throws {
    let other = folder.appending(path: "other")
    try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
    let registry = RegistryProcess(folder: other)
    try registry.succeed("init")
    try registry.succeed("import-images", "../strange", "--dataset", "strangers")
    try registry.succeed(
      "import-model", "../other.safetensors", "--name", "stranger", "--architecture", "convnet")
    try registry.succeed("derive", "--from", "stranger", "--head", "strangers", "--train")
    try registry.succeed(
      "export", "strangers", "--format", "archive", "--output", "../strangers.tar")
    try FileManager.default.removeItem(at: other)
  }

  private static func changeLastByte(of file: URL) throws {
    var data = try Data(contentsOf: file)
    data[data.count - 1] ^= 1
    try data.write(to: file)
  }
}
