import Foundation
import Tensors
import TestSupport
import Testing

@testable import Catalog

/// Runs a test on a new catalogue, which must not contradict itself at the end.
func withCatalog(_ body: (CatalogDatabase) throws -> Void) throws {
  try withTemporaryFolder { folder in
    let catalog = try CatalogDatabase.create(at: folder.appending(path: "registry.sqlite").path)
    try body(catalog)
    #expect(try catalog.contradictions() == [])
  }
}

/// What tests put into catalogues.
enum Sample {
  static let fractions = SplitShares(train: 0.7, validation: 0.15, test: 0.15)

  static func digest(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }

  static func image(_ name: String) -> ImageRecord {
    ImageRecord(
      digest: digest(name), byteCount: 1000 + name.utf8.count, width: 320, height: 240,
      format: "jpeg", channels: 3, bitDepth: 8, orientation: 6, hasAlpha: false,
      hasColorProfile: true, perceptualHash: 0xf0f0_1234_5678_9abc,
      warning: name.hasPrefix("odd") ? "extraneous bytes" : nil)
  }

  static func file(_ name: String) -> RememberedFile {
    RememberedFile(
      path: "/photos/\(name)", byteCount: 1000, modifiedNanoseconds: 1_764_000_000_123_456_789,
      inode: 77, device: 2049, digest: digest(name))
  }

  static func item(
    _ name: String, _ label: String, _ split: Split = .train, group: String? = nil
  ) -> DatasetItem {
    DatasetItem(
      digest: digest(name), label: label, split: split, sourcePath: "/photos/\(name)",
      group: group, perceptualHash: 0xf0f0_1234_5678_9abc)
  }

  static func dataset(
    _ name: String, base: Int? = nil, added: [DatasetItem], removed: [String] = []
  ) -> ImageImportDraft {
    ImageImportDraft(
      dataset: name, baseVersion: base, seed: 7, fractions: fractions,
      images: added.map { image(String($0.sourcePath.dropFirst(8))) }, added: added,
      removed: removed.map(digest))
  }

  /// A model with a backbone of two tensors that all share and a head of its own.
  static func model(
    _ name: String, base: ModelVersionRecord? = nil, head: String = "head",
    datasets: [Int64] = [], run: RunCompletion? = nil, mustBeNew: Bool = false
  ) -> ModelVersionDraft {
    let backbone = ["stem.weight", "stem.bias"]
    var tensors = [packed("\(head).weight", 128, 64)]
    if base == nil {
      tensors = [packed(backbone[0], 0, 64), packed(backbone[1], 64, 64)] + tensors
    }
    return ModelVersionDraft(
      model: name, origin: base == nil ? .imported : .derived, architecture: "resnet18",
      backbone: #"{"layers":["stem"]}"#, head: #"{"name":"\#(head)"}"#, labels: #"["dog","wolf"]"#,
      preprocessing: #"{"size":224}"#, freezePlan: #"{"stem":"frozen"}"#,
      source: #"{"kind":"test"}"#, baseID: base?.id, parameterCount: 48, inheritedLayers: 1,
      retrainedLayers: 0, addedLayers: 1, droppedLayers: 1, sharedBytes: 128, newBytes: 64,
      ownByteCount: 192,
      tensorGroups: [
        backbone.map { NamedTensor(name: $0, digest: digest($0)) },
        [NamedTensor(name: "head.weight", digest: digest("\(head).weight"))],
      ],
      packs: [
        PackDraft(object: digest("pack of \(name) \(head)"), byteCount: 192, tensors: tensors)
      ],
      datasetVersionIDs: datasets, mustBeNewModel: mustBeNew, run: run)
  }

  static func packed(_ name: String, _ offset: Int, _ count: Int) -> PackedTensor {
    PackedTensor(
      digest: digest(name), byteOffset: offset, byteCount: count, scalarType: "F32",
      shape: [count / 4])
  }

  static func run(
    _ kind: RunKind = .train, model: String = "wolfdog", base: Int64? = nil,
    datasets: [Int64] = []
  ) -> RunDraft {
    RunDraft(
      kind: kind, model: model, baseID: base, datasetVersionIDs: datasets,
      parameters: ["epochs": "30", "optimizer": "lbfgs"], seed: 11,
      host: ["cores": "2", "name": "a/b"], program: "registry 0.1")
  }

  static func job(
    _ kind: String = "train", priority: Int = 0, maximumAttempts: Int = 3, needs: [Int64] = []
  ) -> JobDraft {
    JobDraft(
      kind: kind, request: "{\"model\":\"wolfdog\"}", priority: priority,
      maximumAttempts: maximumAttempts, needs: needs, createdBy: "anna")
  }
}

extension ImageImportDraft {
  /// The records of images as an array.
  var imageList: [ImageRecord] {
    get { Array(images) }
    set { images = newValue }
  }

  /// The items that are added as an array.
  var itemList: [DatasetItem] {
    get { Array(added) }
    set { added = newValue }
  }
}
