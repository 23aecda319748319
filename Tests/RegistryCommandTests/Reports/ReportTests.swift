import Testing

@testable import RegistryCommand
@testable import RegistryKit

struct ReportTests {
  private var imported: ImageImportResult {
    ImageImportResult(
      dataset: "wolfdog", version: 1,
      images: .init(added: 3, alreadyStored: 1, duplicates: 0, rejected: 0),
      labels: ["wolf": 2, "dog": 2], splits: ["test": 1, "train": 2, "validation": 1],
      labelSplits: [
        "dog": ["train": 1, "test": 1], "wolf": ["train": 1, "validation": 1],
      ], unlabelled: 0, multiLabel: false, rejected: [], leaks: [])
  }

  @Test func `an import tells how many images of each label are in each split`() {
    #expect(
      imported.report(.plain) == """
        wolfdog@1: 4 images
          3 added, 1 already stored, 0 duplicates, 0 rejected

        label  train  validation  test  all
        dog        1           0     1    2
        wolf       1           1     0    2
        all        2           1     1    4

        """)
  }

  @Test func `rejected files are listed up to a bound`() {
    var result = imported
    result.rejected = (1...25).map { .init(path: "\($0).jpg", reason: "It is empty.") }
    let text = result.report(.plain)
    #expect(text.contains("  20.jpg  It is empty.\n"))
    #expect(!text.contains("21.jpg"))
    #expect(text.contains("and 5 more; --json lists all\n"))
  }

  @Test func `nearly equal images in two splits are a warning`() {
    var result = imported
    result.leaks = [.init(paths: ["a.jpg", "b.jpg"], splits: ["train", "test"], distance: 3)]
    #expect(
      result.report(.plain).contains(
        "Warning: 1 pair of nearly equal images stands in two splits"))
    #expect(
      result.report(.plain).contains("  train a.jpg = test b.jpg (3 of 64 bits differ)\n"))
  }

  @Test func `runs of layers that are the same become one line`() {
    let layers: [ModelDifference.LayerDifference] =
      (1...6).map { .init(name: "l\($0)", status: .same, relativeChange: 0) }
      + [
        .init(name: "x", status: .retrained, relativeChange: 0.0132),
        .init(name: "l7", status: .same, relativeChange: 0),
        .init(name: "head", status: .added, relativeChange: nil),
      ]
    let difference = ModelDifference(
      a: ModelName(model: "a", version: 1), b: ModelName(model: "b", version: 2), layers: layers,
      sharedBytes: 2_000)
    #expect(
      difference.report(.plain) == """
        a@1 → b@2
        layer  status     change
        … 6 layers the same
        x      retrained   1.3 %
        l7     same        0.0 %
        head   added           –

        7 same, 1 retrained, 1 added, 0 dropped; 2.0 KB shared

        """)
  }

  @Test func `an evaluation shows the matrix, or the worst mistakes of many labels`() {
    var result = EvaluationResult(
      model: "m", version: 1, run: "r", dataset: "d@1", split: "test", images: 3, accuracy: 2 / 3,
      loss: 0.5, labels: ["dog", "wolf"], multiLabel: false, confusionMatrix: [[1, 0], [1, 1]],
      perClass: [.init(label: "dog", precision: 0.5, recall: 1, f1: 2 / 3, support: 1)],
      expectedCalibrationError: 0.1, cache: CacheUse(hits: 3, misses: 0), seconds: 0.25)
    #expect(
      result.report(.plain).hasSuffix(
        "is \\ taken for  dog  wolf\ndog               1     0\nwolf              1     1\n"))
    result.labels = (0..<20).map { "label \($0)" }
    result.confusionMatrix = (0..<20).map { row in
      (0..<20).map { $0 == row ? 5 : row == 3 && $0 == 4 ? 2 : 0 }
    }
    #expect(result.report(.plain).contains("label 3                 label 4         2\n"))
  }

  @Test func `independent labels have average precisions and no matrix`() {
    let result = EvaluationResult(
      model: "m", version: 1, run: "r", dataset: "d@1", split: "test", images: 3, accuracy: 2 / 3,
      loss: 0.5, labels: ["dog", "snow"], multiLabel: true, confusionMatrix: nil,
      perClass: [
        .init(label: "dog", precision: 0.5, recall: 1, f1: 2 / 3, support: 1, averagePrecision: 1),
        .init(label: "snow", precision: 0, recall: 0, f1: 0, support: 0, averagePrecision: nil),
      ], meanAveragePrecision: 1, microF1: 0.6, macroF1: 1 / 3, expectedCalibrationError: 0.1,
      cache: CacheUse(hits: 3, misses: 0), seconds: 0.25)
    #expect(
      result.report(.plain).hasSuffix(
        """
        all labels right             66.7 %
        mean average precision      100.0 %
        F1, micro                     0.600
        F1, macro                     0.333
        loss                         0.5000
        expected calibration error   0.1000

        label  precision   recall     F1  average precision  images
        dog       50.0 %  100.0 %  0.667            100.0 %       1
        snow       0.0 %    0.0 %  0.000                  –       0

        """))
  }

  @Test func `a dataset tells shares, and which labels are rare`() {
    let summary = DatasetSummary(
      dataset: "d", version: 2, images: 10, labels: ["dog": 8, "wolf": 2], unlabelled: 1,
      multiLabel: true, shares: ["dog": 0.8, "wolf": 0.2], imbalance: 4,
      splits: ["train": 10, "validation": 0, "test": 0],
      labelSplits: ["dog": ["train": 8], "wolf": ["train": 2]], seed: 0, createdAt: "now",
      tags: [:],
      note: nil)
    #expect(
      summary.report(.plain) == """
        d@2: 10 images with independent labels, seed 0, created now

        label  train  validation  test  all    share
        dog        8           0     0    8   80.0 %
        wolf       2           0     0    2   20.0 %
        1 image without a label
        all       10           0     0   10  100.0 %

        Imbalance: dog has 4.0 times as many images as wolf.
          Add images of the rare labels, or train with --balance-classes.

        """)
  }

  @Test func `a difference of datasets lists what changed`() {
    let difference = DatasetDifference(
      a: DatasetName(dataset: "d", version: 1), b: DatasetName(dataset: "d", version: 2),
      added: [.init(digest: "aa", path: "a.png", labels: ["dog"], split: "train")], removed: [],
      relabelled: [.init(digest: "bb", path: "b.png", from: ["dog"], to: [])],
      moved: [.init(digest: "bb", path: "b.png", from: "train", to: "test")], regrouped: [],
      unchanged: 7)
    #expect(
      difference.report(.plain) == """
        d@1 → d@2

        Added
          a.png  dog, train

        Relabelled
          b.png  dog → no label

        Moved
          b.png  train → test

        1 added, 0 removed, 1 relabelled, 1 moved, 7 unchanged

        """)
  }

  @Test func `damage is named with what it takes along`() {
    let result = VerificationResult(
      objects: 2, bytes: 1_500,
      corrupt: [
        .init(
          object: "ab12", path: "objects/ab/12", kind: "pack", models: ["m@1", "n@2"],
          layers: ["stem"], datasets: [])
      ], missing: [], unreferenced: ["ff"], contradictions: ["The split of d@1 is empty."])
    #expect(
      result.report(.plain) == """
        Read 2 objects, 1.5 KB: damaged

        corrupt pack ab12
          path    objects/ab/12
          models  m@1, n@2
          layers  stem

        contradiction The split of d@1 is empty.

        1 object that nothing needs; that does no harm

        """)
  }

  @Test func `one model's document has the keys of a list's item and its layers`() throws {
    let details = ModelDetails(
      summary: ModelSummary(
        model: "m", version: 2, origin: "imported", architecture: "resnet18", parameters: 1,
        labels: [], base: nil, run: nil, ownBytes: 1, sharedBytes: 0, createdAt: "", aliases: [],
        metrics: [:], tags: ["team": "vision"], note: nil),
      preprocessing: .init(
        shortSide: 256, crop: [224, 224], interpolation: "bicubic", mean: [0.5, 0.5, 0.5],
        standardDeviation: [0.25, 0.25, 0.25]), layers: [])
    let document = try details.document()
    #expect(document["model"] == .text("m"))
    #expect(document["base"] == .null)
    #expect(document["own_bytes"] == .number("1"))
    #expect(document["layers"] == .array([]))
    #expect(document["preprocessing"]?["short_side"] == .number("256"))
    #expect(document["summary"] == nil)
    #expect(document["tags"]?["team"] == .text("vision"))
    #expect(details.report(.plain).contains("team=vision"))
    #expect(details.report(.plain).contains("mean 0.5 0.5 0.5, deviation 0.25 0.25 0.25"))
  }
}
