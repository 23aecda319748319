internal import HTTPTypes
internal import RegistryKit

extension Operation {
  /// What is told of models.
  @OperationList static func models() -> [Operation] {
    get(
      "models", "Lists model versions, the newest first.",
      [Parameter].list + [Parameter.query("name", "Only versions of the model of this name.")]
    ) { call, registry in try registry.models(call.list(name: call.text("name"))) }
    document(
      "models/{model}", "Shows a model version with its layers.", .model,
      .merged(.of(ModelSummary.self), .of(ModelDetails.self), without: "summary")
    ) { call, registry in try registry.model(call.path("model")).document() }
    get("models/{model}/tensors", "Lists the tensors of a model with their digests.", .model) {
      call, registry in try registry.tensors(ofModel: call.path("model"))
    }
    bytes(
      "models/{model}/weights", "Gives a model with all its tensors as a safetensors file.", .model,
      types: ["application/vnd.safetensors"]
    ) { call, registry in try registry.weights(of: call.path("model")) }
    export
    lineage
    get(
      "models/{model}/common-ancestor", "Finds the nearest version that two descend from.",
      [Parameter].model + [Parameter.query("other", "The other model.")]
    ) { call, registry in
      try registry.commonAncestor(of: call.path("model"), call.requiredText("other"))
    }
    get("models/{model}/aliases", "Shows where aliases point, and who moved them when.", .model) {
      call, registry in try registry.aliases(of: call.path("model"))
    }
    get("models/{model}/tags", "Shows the tags and the note of a model or a version.", .model) {
      call, registry in try registry.tags(of: .model(call.path("model")))
    }
    get("models/{model}/statement", "Shows what is signed of a model, and by whom.", .model) {
      call, registry in try registry.statement(of: call.path("model"))
    }
    get("models/{model}/storage", "Shows what a model takes on the disk.", .model) {
      call, registry in try registry.storage(ofModel: call.path("model"))
    }
    metrics("models/{model}/metrics", "model", "Shows the history of a model's metrics.", .model)
    work("models/{model}/proof", "Proves that frozen layers are those of the bases.", .model) {
      call, registry, cancellation in
      try registry.proveFrozen(call.path("model"), cancellation: cancellation)
    }
    get(
      "diff", "Compares two models layer by layer.",
      [.query("a", "The first model."), .query("b", "The second model.")]
    ) { call, registry in
      try registry.difference(call.requiredText("a"), call.requiredText("b"))
    }
    list(
      "recalls", key: "recalls", "Lists all recalls, those that were undone too.",
      [.query("model", "Only those of this version and its bases.")]
    ) { call, registry in try registry.recallHistory(of: call.text("model")) }
    list("architectures", key: "architectures", "Lists the networks that are known.") { _, _ in
      try Registry.architectures()
    }
  }

  /// A graph may be long: it is written as it is read.
  private static let export = Operation(
    method: .get, path: "models/{model}/export", summary: "Gives a model as a file of a format.",
    role: .read,
    parameters: [Parameter].model + [
      .query(
        "format", .choice(ServedFormat.allCases.map(\.rawValue)),
        "The format; an archive has all that the model comes from, too. safetensors if not given."),
      .query("softmax", .flag, "Whether an ONNX model puts out probabilities."),
      .query("preprocessing", .flag, "Whether an ONNX model reads the bytes of pictures."),
    ], answer: .bytes(ServedFormat.allCases.map(\.mediaType))
  ) { call in
    let content = try await call.served.work { registry, cancellation in
      try registry.exported(
        call.path("model"), as: call.text("format").flatMap { ServedFormat(rawValue: $0) },
        softmax: call.flag("softmax"), preprocessing: call.flag("preprocessing"),
        cancellation: cancellation)
    }
    return try ContentAnswer(content, of: call.served).response(to: call.request)
  }

  private static let lineage = Operation(
    method: .get, path: "models/{model}/lineage", summary: "Shows the models around a model.",
    role: .read,
    parameters: [Parameter].model + [
      .query(
        "direction", .choice(LineageDirection.allCases.map(\.rawValue)),
        "Which relatives; both if not given.")
    ], answer: .json(.of(LineageGraph.self))
  ) { call in
    let direction = call.text("direction").flatMap { LineageDirection(rawValue: $0) } ?? .both
    let text = try await call.served.read { registry in
      var language = LineageJSON()
      var text = ""
      try registry.visitLineage(
        of: call.path("model"), direction, subject: { text += try language.beginning($0) },
        node: { text += try language.text(of: $0) }, edge: { text += try language.text(of: $0) })
      return text + language.end
    }
    return JSONAnswer(text).response(to: call.request)
  }

  /// A page of the histories of metrics, or all of them thinned.
  static func metrics(
    _ path: String, _ subject: String, _ summary: String, _ parameters: [Parameter]
  ) -> Operation {
    get(
      path, summary,
      parameters + [
        .query("key", "One metric only."),
        .query("points", .integer(4...100_000), "Thin each history to so many points."),
        .query("limit", .integer(1...100_000), "The most points of each; 1000 if not given."),
        .query("after_step", .integer(Int.min...Int.max), "Begin after this step."),
      ]
    ) { call, registry in
      let range: HistoryRange =
        if let points = call.integer("points") {
          .thinned(points: points)
        } else {
          .page(afterStep: call.integer("after_step"), limit: call.integer("limit") ?? 1_000)
        }
      return try registry.metrics(of: call.path(subject), key: call.text("key"), range)
    }
  }
}
