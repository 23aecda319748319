import Diagnostics
import Foundation
import Networks
import Synchronization
import Tensors
import TestSupport

@testable import Training

/// A small network on drawn pictures of dogs and wolves at 24 pixels.
struct NetworkCase {
  static let preprocessing = Preprocessing(
    shortSide: 28, cropHeight: 24, cropWidth: 24, interpolation: .bilinear,
    mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25])

  let network: Network
  let tensors: StateDict

  init(hasNorm: Bool = true, dropout: Float = 0) {
    var builder = NetworkBuilder(input: Self.preprocessing.inputShape)
    for (number, channels) in [8, 12].enumerated() {
      builder.convolution(
        "stage\(number + 1).conv", channels, kernel: 3, stride: 2, padding: .symmetric,
        bias: !hasNorm)
      if hasNorm { builder.batchNorm("stage\(number + 1).bn") }
      builder.append("relu", .activation(.relu))
    }
    builder.pooledFeatures(pool: "pool", flatten: "flatten")
    let count = builder.layers.count
    if dropout > 0 { builder.append("dropout", .dropout(rate: dropout)) }
    builder.linear("fc", 2)
    network = Network(
      architecture: "test", backbone: Array(builder.layers[..<count]),
      head: Array(builder.layers[count...]))
    tensors = network.initialTensors(seed: 7)
  }

  /// Pictures of dogs (0) and wolves (1), half each.
  static func images(_ numbers: Range<Int>) throws -> LabelledImages {
    var sources: [FeatureExtractor.Source] = []
    var labels: [Int] = []
    for number in numbers {
      for (label, name) in ["dog", "wolf"].enumerated() {
        let ending = number % 2 == 1 ? "png" : "jpg"
        let file = Places.fixtures.appending(
          path: String(format: "photos/wolfdog/%@/%@-%03d.%@", name, name, number, ending))
        let storage = try ByteStorage(mapping: file.path)
        let digest = storage.withUnsafeBytes { Digest(of: $0) }
        sources.append(
          FeatureExtractor.Source(digest: digest, place: .file(file.path)) { storage })
        labels.append(label)
      }
    }
    return LabelledImages(sources: sources, labels: labels)
  }

  func fit(
    _ options: NetworkFitOptions, plan: FreezePlan? = nil, training: Range<Int> = 1..<9,
    validation: Range<Int> = 9..<12, resuming: FitCheckpoint? = nil,
    store: (any ActivationStore)? = nil
  ) throws -> NetworkFit {
    try NetworkFit(
      network: network, plan: plan ?? .allTrainable(of: network), tensors: tensors,
      preprocessing: Self.preprocessing, training: Self.images(training),
      validation: Self.images(validation), options: options, threads: 2, resuming: resuming
    ) { _, _ in store }
  }
}

extension NetworkFit {
  /// Runs to the end, or until so many steps were begun.
  func run(
    stoppingAfter steps: Int? = nil, recorder: any RunRecorder = SilentRecorder()
  ) throws -> FitResult {
    var asked = 0
    return try run(
      recorder: recorder,
      isCancelled: {
        asked += 1
        return steps.map { asked > $0 } ?? false
      }, progress: SilentProgress(), checkpoint: { _, _ in })
  }
}

extension FitResult {
  /// The bits of every tensor that was trained.
  var digests: [String: Digest] {
    Dictionary(uniqueKeysWithValues: tensors.entries.map { ($0.name, $0.tensor.digest()) })
  }
}

/// A store in memory that counts.
final class CountingStore: ActivationStore {
  private let values = Mutex<[Digest: [Float]]>([:])

  var count: Int { values.withLock { $0.count } }

  func read(_ image: Digest, into target: UnsafeMutableBufferPointer<Float>) -> Bool {
    guard let row = values.withLock({ $0[image] }) else { return false }
    _ = target.update(from: row)
    return true
  }

  func store(_ images: [Digest], _ rows: UnsafeBufferPointer<Float>) throws {
    let width = rows.count / images.count
    values.withLock { values in
      for (row, image) in images.enumerated() {
        values[image] = Array(rows[row * width..<(row + 1) * width])
      }
    }
  }
}
