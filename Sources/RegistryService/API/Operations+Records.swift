internal import Diagnostics
internal import HTTPTypes
internal import RegistryKit

extension Operation {
  /// What is told of datasets, images and runs.
  @OperationList static func records() -> [Operation] {
    get(
      "datasets", "Lists dataset versions, the newest first.",
      [Parameter].list + [Parameter.query("name", "Only versions of the dataset of this name.")]
    ) { call, registry in try registry.datasets(call.list(name: call.text("name"))) }
    get("datasets/{dataset}", "Shows a dataset version.", .dataset) { call, registry in
      try registry.dataset(call.path("dataset"))
    }
    get("datasets/{dataset}/tags", "Shows the tags and the note of a dataset.", .dataset) {
      call, registry in try registry.tags(of: .dataset(call.path("dataset")))
    }
    get(
      "datasets/{dataset}/trace", "Finds the models that images of a dataset had a part in.",
      [Parameter].dataset + [Parameter.query("label", "Only images with this label.")]
    ) { call, registry in
      try registry.trace(dataset: call.path("dataset"), label: call.text("label"))
    }
    get(
      "datasets/{dataset}/diff", "Tells which images two dataset versions differ in.",
      [Parameter].dataset + [Parameter.query("other", "The other version.")]
    ) { call, registry in
      try registry.datasetDifference(call.path("dataset"), call.requiredText("other"))
    }
    get(
      "datasets/{dataset}/images", "Lists the images of a dataset version.",
      [Parameter].dataset + [
        .query("label", "Only images with this label."),
        .query("split", .choice(["train", "validation", "test"]), "Only images of this split."),
        .query("limit", .integer(1...1_000), "The most images; 100 if not given."),
        .query("offset", .integer(0...1_000_000_000), "How many images are passed over."),
      ]
    ) { call, registry in
      try registry.images(
        of: call.path("dataset"), label: call.text("label"), split: call.text("split"),
        offset: call.integer("offset") ?? 0, limit: call.integer("limit") ?? 100)
    }
    bytes(
      "images/{digest}", "Gives an image as it came.", .digest, types: ["image/jpeg", "image/png"]
    ) { call, registry in try registry.imageContent(call.path("digest")) }
    get("images/{digest}/trace", "Finds the models that an image had a part in.", .digest) {
      call, registry in try registry.trace(call.imageDigest())
    }
    bytes(
      "tensors/{digest}", "Gives the numbers of a tensor, little-endian and row by row.", .digest,
      types: ["application/octet-stream"]
    ) { call, registry in try registry.tensorContent(call.path("digest")) }
    get("runs", "Lists runs, the newest first.", .list) { call, registry in
      try registry.runs(call.list())
    }
    get("runs/{run}", "Shows a run.", .run) { call, registry in try registry.run(call.path("run"))
    }
    get("runs/{run}/tags", "Shows the tags and the note of a run.", .run) { call, registry in
      try registry.tags(of: .run(call.path("run")))
    }
    get(
      "runs/{run}/confusion",
      "Shows which labels were taken for which, and how often confidence was right.", .run
    ) { call, registry in try registry.confusion(ofRun: call.path("run")) }
    get(
      "runs/{run}/images", "Lists the images that a run measured, with the model's answers.",
      [Parameter].run + [
        .query("label", "Only images that have this label."),
        .query("answer", "Only images that were taken for this label."),
        .query("wrong", .flag, "Only images that were taken for another label than theirs."),
        .query("limit", .integer(1...1_000), "The most images; 100 if not given."),
        .query("offset", .integer(0...1_000_000_000), "How many images are passed over."),
      ]
    ) { call, registry in
      try registry.evaluatedImages(
        ofRun: call.path("run"), label: call.text("label"), answer: call.text("answer"),
        isWrong: call.flag("wrong"), offset: call.integer("offset") ?? 0,
        limit: call.integer("limit") ?? 100)
    }
    metrics("runs/{run}/metrics", "run", "Shows the history of a run's metrics.", .run)
    get(
      "trace/metrics", "Finds the runs that produced a number.",
      [
        .query("metric", "The name of the metric."), .query("value", .number, "The number."),
        .query("tolerance", .number, "How far values may be from it; zero if not given."),
        .query("limit", .integer(1...1_000), "The most runs; 50 if not given."),
      ]
    ) { call, registry in
      guard let value = call.number("value") else {
        throw RegistryError.malformed("The parameter is missing.", "value", remedy: "Give it.")
      }
      return try registry.trace(
        metric: call.requiredText("metric"), value: value, tolerance: call.number("tolerance") ?? 0,
        limit: call.integer("limit") ?? 50)
    }
    get(
      "trace/labels/{label}", "Finds the models that images with a label had a part in.",
      [.path("label", "The label.")]
    ) { call, registry in try registry.trace(dataset: nil, label: call.path("label")) }
    get(
      "storage", "Shows what the registry holds, and what sharing saves.",
      [.query("limit", .integer(1...1_000), "The most models; 50 if not given.")]
    ) { call, registry in try registry.storage(limit: call.integer("limit") ?? 50) }
    list("deleted", key: "deleted", "Lists what is deleted.") { _, registry in
      try registry.deleted()
    }
    work("verify", "Reads again everything that is stored, and checks it.") {
      _, registry, cancellation in try registry.verify(cancellation: cancellation)
    }
    work(
      "verify/signatures", "Checks the signatures of a model, or of all that are signed.",
      [.query("model", "Only this model's.")]
    ) { call, registry, cancellation in
      try registry.verifySignatures(
        of: call.text("model"), trustedKeyFiles: [], cancellation: cancellation)
    }
  }
}

extension Call {
  /// The digest in the path, or its beginning; never the path of a file, which a trace on the command
  /// line takes too.
  fileprivate func imageDigest() throws -> String {
    let digits = path("digest")
    guard (8...64).contains(digits.utf8.count), digits.allSatisfy({ $0.isASCII && $0.isHexDigit })
    else {
      throw RegistryError.malformed(
        "The parameter is no digest.", "digest",
        remedy: "Give the 64 hexadecimal digits of an image, or at least the first 8.")
    }
    return digits
  }
}
