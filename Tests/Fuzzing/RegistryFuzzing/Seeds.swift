internal import Deltas
internal import Diagnostics
internal import Foundation
internal import Images
internal import ModelFiles
internal import Networks
internal import Tensors
internal import Training

@testable internal import RegistryKit

/// The first inputs of every parser: small good files, and those that once were bad.
struct Seeds {
  /// The folder that holds `fixtures` and `Tests`.
  let repository: URL

  /// Writes a folder of files for each target, and beside it `TARGET.dict` with the words of its
  /// language, if it has one.
  func write(to folder: URL) throws {
    for target in FuzzTarget.allCases {
      if let words = try words(of: target) {
        let lines = words.enumerated().map { "w\($0.offset)=\"\(Self.escaped($0.element))\"\n" }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(lines.joined().utf8).write(to: folder.appending(path: "\(target.rawValue).dict"))
      }
      let place = folder.appending(path: target.rawValue)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for (number, bytes) in try inputs(of: target).enumerated() {
        try bytes.write(to: place.appending(path: "seed-\(number)"))
      }
    }
  }

  private func inputs(of target: FuzzTarget) throws -> [Data] {
    switch target {
    case .png: return try files("fixtures/images-hard", ["png"]) + [Data(ImageEncoder.png(picture))]
    case .jpeg, .exif:
      return try files("fixtures/images-hard", ["jpg"])
        + [Data(ImageEncoder.jpeg(picture, quality: 80))]
    case .safetensors:
      return try files("fixtures/attacks", ["safetensors"])
        + files("Tests/ModelFilesTests/Golden", ["safetensors"])
    case .pytorch:
      return try files("fixtures/attacks", ["pt"]) + files("Tests/ModelFilesTests/Golden", ["pt"])
    case .pickle:
      // What follows the three pickles that the target puts before its input.
      return try files("Tests/ModelFilesTests/Golden", ["legacy.pt"]).map(Self.withoutStart)
        + files("fixtures/attacks", ["pickle"])
    case .csv:
      return [
        "path,label\na.jpg,dog\nb.jpg,wolf\n", "path,label,split,video\r\na,dog,train,1\r\n",
        "label,path\n\"a \"\"quoted\"\", one\",\"two\nlines\"\n\n", "\u{feff}path,label\nä,ö\n",
      ].map { Data($0.utf8) }
    case .jsonLines:
      return [
        "{\"path\": \"a.jpg\", \"label\": \"dog\"}\n{\"path\": \"b\", \"label\": 3, \"split\": \"test\"}\n",
        "{\"path\": \"a\\n\\u00e4\", \"label\": true, \"video\": null, \"x\": 1.5e3}\n\n",
      ].map { Data($0.utf8) }
    case .conditions: return conditions()
    case .archive: return [SampleRegistry.shared.archive]
    case .archiveRecords: return [SampleRegistry.shared.records]
    case .deltas: return deltas()
    case .edits:
      return [
        """
        {"action": "add", "image": "a.jpg", "label": "dog", "split": "test", "group": "litter 3"}
        {"action": "remove", "image": "5be0cd19137e2179"}

        {"action": "relabel", "image": "photos/b.jpg", "labels": ["dog", "indoors"]}
        {"action": "move", "image": "photos/c.jpg", "split": "validation"}

        """
      ].map { Data($0.utf8) }
    case .metrics:
      return [
        "{\"step\": 3, \"loss\": 0.25, \"accuracy\": \"NaN\", \"time\": \"2026-07-28T09:15:02Z\"}",
        "{\"a\": -1e308, \"b\": \"-Infinity\"}", "\t\r",
      ].map { Data($0.utf8) }
    case .keys: return try keys()
    case .labels:
      return ["dog\nwolf\n", "n02109961\thusky\r\nn02114367\twolf\r\n", "\u{feff}ä\n\n"].map {
        Data($0.utf8)
      }
    case .references: return ["wolfdog", "wolfdog@3", "a.b-c_d@production"].map { Data($0.utf8) }
    case .layers: return try descriptions()
    case .checkpoint: return [try checkpoint()]
    case .activations: return [activations()]
    }
  }

  /// The words that inputs of a target are made of.
  private func words(of target: FuzzTarget) throws -> [String]? {
    switch target {
    case .conditions:
      return [
        "and", "or", "not", "in", "like", "ilike", "is", "null", "of", "descendant of ",
        "ancestor of ", "(", ")", ",", "=", "!=", "<=", ">=", "'", "`", "params.", "metrics.",
        "tags.", "min(", "max(", "last(", "at(", "desc", "asc", "-7d", "NaN", "Infinity",
        "2026-01-01", "wolfdog@1", "net", "seed", "kind", "state", "started", "ended", "base",
        "run", "dataset", "model", "label", "version", "created", "recalled", "images",
        "architecture", "name",
      ]
    case .csv:
      return ["path", "label", "labels", "split", "train", "test", ",", "\"\"", "\r\n", ";"]
    case .jsonLines, .edits, .metrics, .layers, .archiveRecords:
      let texts = try inputs(of: target).map { String(decoding: $0, as: UTF8.self) }
      // The names and texts of the good inputs, and what numbers may turn into.
      let names = texts.flatMap { $0.split(separator: "\"") }.filter { $0.count < 24 }
      return Set(names.map { "\"\($0)\"" }).filter { !$0.contains("\\") }.sorted().prefix(300)
        + ["null", "-1", "1e308", "9223372036854775807", "[]", "{}", ":", ",", "\n"]
    default: return nil
    }
  }

  /// A word as a dictionary of libFuzzer has it.
  private static func escaped(_ word: String) -> String {
    word.utf8.map { byte -> String in
      let isPlain = (0x20..<0x7f).contains(byte) && byte != 0x22 && byte != 0x5c
      return isPlain
        ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  private func conditions() -> [Data] {
    [
      "\u{3}params.optimizer = 'adamw' and metrics.test_accuracy > 0.9",
      "\u{3}not (state in ('failed', 'interrupted') or tags.team like 'vis%')",
      "\u{3}started > -7d and at(metrics.loss, 3) <= 1e-3 or min(metrics.loss) is not null",
      "\u{4}descendant of net@1 and dataset = 'wolfdog'", "\u{4}ancestor of wolfdog or base = net",
      "\u{5}images >= 4 and label in ('dog', 'wolf')",
      "\u{0}metrics.loss desc, params.`a b`, started",
      "\u{1}version asc", "\u{2}created",
    ].map { Data($0.utf8) }
  }

  private func deltas() -> [Data] {
    FuzzTarget.deltaBases.enumerated().compactMap { index, base in
      let bytes = base.withUnsafeBytes { [UInt8]($0) }
      let changed = Tensor(
        shape: base.shape, scalarType: base.scalarType,
        storage: ByteStorage(count: bytes.count) { target in
          target.copyBytes(from: bytes)
          for place in stride(from: 0, to: bytes.count, by: 97) { target[place] &+= 3 }
        })
      return TensorDelta.encode(changed, minus: base).map { delta in
        Data([UInt8(index)]) + delta.withUnsafeBytes { Data($0) }
      }
    }
  }

  private func keys() throws -> [Data] {
    let key = FuzzTarget.scratch.appending(path: "seed.pem")
    _ = try Registry.makeKeyPair(at: key.path)
    let secret = try Data(contentsOf: key)
    let open = try Data(contentsOf: URL(filePath: "\(key.path).pub"))
    try FileManager.default.removeItem(at: key)
    try FileManager.default.removeItem(at: URL(filePath: "\(key.path).pub"))
    return [secret, open, Data("+".utf8) + Data(repeating: 7, count: 96)]
  }

  private func files(_ folder: String, _ endings: [String]) throws -> [Data] {
    let place = repository.appending(path: folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
    return try names.filter { name in endings.contains { name.hasSuffix(".\($0)") } }
      .map { try Data(contentsOf: place.appending(path: $0)) }.filter { $0.count < 1 << 16 }
  }

  private static func withoutStart(_ file: Data) -> Data {
    // The magic number, the version and the machine end with a STOP each.
    var rest = file[...]
    for _ in 0..<3 {
      guard let stop = rest.firstIndex(of: UInt8(ascii: ".")) else { return Data(rest) }
      rest = rest[(stop + 1)...]
    }
    return Data(rest)
  }

  private var picture: Image {
    Image(
      width: 20, height: 12,
      pixels: (0..<720).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 + $0) })
  }

  /// The parts of a real network, short enough to be changed at many places.
  private func descriptions() throws -> [Data] {
    let networks = [
      "convnet", "tf_efficientnet_lite0", "vit_tiny_patch16_224", "shufflenet_v2_x0_5",
    ]
    .compactMap { name in try? Architecture.named(name).network(labels: 2) }
    return try networks.flatMap { network in
      [
        try CanonicalJSON.text(of: Array(network.backbone.prefix(8))),
        try CanonicalJSON.text(of: Array(network.backbone.prefix(40))),
        try CanonicalJSON.text(of: network.head),
      ]
    }.map { Data($0.utf8) }
  }

  private func checkpoint() throws -> Data {
    var kept: FitCheckpoint?
    _ = try FuzzTarget.fit(resuming: nil).run(
      recorder: SilentRecorder(), isCancelled: { kept != nil }, progress: SilentProgress(),
      checkpoint: { kept = try $0() })
    guard let kept else { return Data() }
    var bytes = Data()
    SafetensorsLayout(kept.tensors, metadata: ["state": kept.state]).write(kept.tensors) {
      bytes.append(contentsOf: $0)
    }
    return bytes
  }

  private func activations() -> Data {
    var bytes = Data("RGACTV01".utf8)
    bytes.append(contentsOf: [4, 0, 0, 0, 0, 0, 0, 0])
    bytes.append(Data(count: 48))
    for position in 0..<3 {
      let values = Data(repeating: UInt8(position), count: 16)
      bytes.append(contentsOf: Digest(of: [UInt8(position)]).bytes)
      bytes.append(contentsOf: Digest(of: [UInt8](values)).bytes)
      bytes.append(values)
    }
    return bytes
  }
}
