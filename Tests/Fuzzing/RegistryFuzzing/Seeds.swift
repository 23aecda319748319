internal import Diagnostics
internal import Foundation
internal import Images
internal import ModelFiles
internal import Networks
internal import RegistryKit
internal import Tensors
internal import Training

/// The first inputs of every parser: small good files, and those that once were bad.
struct Seeds {
  /// The folder that holds `fixtures` and `Tests`.
  let repository: URL

  /// Writes a folder of files for each target.
  func write(to folder: URL) throws {
    for target in FuzzTarget.allCases {
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
    let networks = try [
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
    try SafetensorsLayout(kept.tensors, metadata: ["state": kept.state]).write(kept.tensors) {
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
      bytes.append(contentsOf: Digest(of: values).bytes)
      bytes.append(values)
    }
    return bytes
  }
}
