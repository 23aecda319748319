internal import Presentation
internal import RegistryKit

extension ServicePage {
  /// Model versions, the newest first unless somebody searches.
  static func models(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    let list = try registry.models(call.list)
    let rows = list.models.map { model in
      let name = "\(model.model)@\(model.version)"
      let accuracy =
        ["test_accuracy", "best_validation_accuracy", "validation_accuracy"]
        .first { model.metrics[$0] != nil }.map { HTML.metric(model.metrics, $0) }
      return [
        HTML.link("models", name) + marks(of: model), HTML.text(model.origin),
        model.base.map { HTML.link("models", $0.description) } ?? "",
        HTML.text(model.architecture), accuracy ?? "", Quantity.bytes(model.ownBytes),
        Quantity.time(model.createdAt),
      ]
    }
    let table = HTML.table(
      "Model versions",
      ["Model", "Origin", "Base", "Architecture", ">Accuracy", ">Own bytes", "Created"], rows)
    return ServicePage(
      title: "Models", section: .models,
      body: HTML.search(call.query, example: "metrics.test_accuracy > 0.9 and tags.stage = live")
        + (rows.isEmpty ? "<p>There are none.</p>" : table)
        + HTML.next(call.next("models", list.next)))
  }

  /// What a version is called besides its number, and whether it is recalled.
  private static func marks(of model: ModelSummary) -> String {
    model.aliases.map { " <span class=\"alias\">\(HTML.text($0))</span>" }.joined()
      + (model.recalled.isEmpty ? "" : " <span class=\"bad\">recalled</span>")
  }

  /// A model version: what it is, where it comes from, and what can be done with it.
  static func model(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    let details = try registry.model(call.name)
    let model = details.summary
    let name = "\(model.model)@\(model.version)"
    let path = PercentCoding.encoded(name)
    let recalls = model.recalled.map {
      "<p role=\"alert\" class=\"bad\">Recalled: \(HTML.text($0.reason))</p>"
    }.joined()
    let frozen = details.layers.count(where: \.frozen)
    let facts = HTML.list([
      ("Origin", HTML.text(model.origin)), ("Architecture", HTML.text(model.architecture)),
      ("Base", model.base.map { HTML.link("models", $0.description) } ?? ""),
      ("Run", model.run.map { HTML.link("runs", $0, String($0.prefix(12))) } ?? ""),
      ("Parameters", Quantity.count(model.parameters)),
      ("Layers", "\(details.layers.count), \(frozen) frozen"),
      ("Own bytes", Quantity.bytes(model.ownBytes)),
      ("Shared bytes", Quantity.bytes(model.sharedBytes)),
      ("Labels", labels(model.labels)),
      ("Aliases", HTML.text(model.aliases.joined(separator: ", "))),
      (
        "Tags",
        model.tags.sorted { $0.key < $1.key }.map { HTML.text("\($0.key)=\($0.value)") }
          .joined(separator: ", ")
      ),
      ("Note", model.note.map { HTML.text($0) } ?? ""), ("Created", Quantity.time(model.createdAt)),
    ])
    let curves =
      model.run.map { run in
        "<h2>Metrics</h2><p><img class=\"curves\" alt=\"Curves of the run's metrics\" "
          + "src=\"/runs/\(PercentCoding.encoded(run))/curves.svg\"></p>"
      } ?? ""
    let measured =
      try registry.runs(
        ListRequest(where: "kind = evaluate and base = '\(name)' and state = finished", limit: 1)
      ).runs.first.map { run in
        "<p>Last measured by run \(HTML.link("runs", run.run, String(run.run.prefix(12)))).</p>"
          + (try evaluation(ofRun: run.run, registry))
      } ?? ""
    let lineage = LineageDrawing(try registry.lineage(of: name))
    return ServicePage(
      title: name, section: .models,
      body: recalls + facts + predictForm(path)
        + "<h2>Lineage</h2>" + lineage.text + curves + metrics(model.metrics)
        + measured
        + trainForm(name) + layers(details)
        + "<p><a href=\"/models/\(path)/card\">Model card</a></p>"
        + "<p><a href=\"/api/v1/models/\(path)/weights\" download=\"\(path).safetensors\">"
        + "Download the weights</a></p>")
  }

  /// The model card that an export for the Hugging Face Hub has, as its author would see it.
  static func modelCard(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    ServicePage(
      title: "Card of \(call.name)", section: .models,
      body: "<p>\(HTML.link("models", call.name))</p>"
        + "<pre>\(HTML.text(try registry.modelCard(of: call.name)))</pre>")
  }

  private static func labels(_ labels: [String]) -> String {
    let shown = labels.prefix(20).map { HTML.text($0) }.joined(separator: ", ")
    return labels.count > 20 ? "\(shown) and \(labels.count - 20) more" : shown
  }

  private static func predictForm(_ path: String) -> String {
    """
    <section aria-labelledby="predict"><h2 id="predict">Predict</h2>
    <form class="predict" data-predict="/api/v1/models/\(path)/predict">
    <label class="drop" for="image">Drop an image here, or choose one
    <input id="image" type="file" accept="image/png,image/jpeg"></label>
    <div class="answer" role="status"></div>
    </form></section>
    """
  }

  private static func trainForm(_ name: String) -> String {
    """
    <section aria-labelledby="train"><h2 id="train">Train</h2>
    <form class="fields" data-json="/api/v1/jobs/train" data-next="/jobs/">
    <input type="hidden" name="model" value="\(HTML.text(name))">
    <p><label for="epochs">Epochs</label>
    <input id="epochs" name="epochs" type="number" min="1" max="1000000"></p>
    <p><label for="learning_rate">Learning rate</label>
    <input id="learning_rate" name="learning_rate" type="number" min="0" step="any"></p>
    <p><label for="unfreeze">Layers to train beside the head</label>
    <input id="unfreeze" name="unfreeze" data-list placeholder="layer4.*"></p>
    <p><button type="submit">Train</button></p><p role="alert" class="bad"></p>
    </form></section>
    <section aria-labelledby="derive"><h2 id="derive">Derive</h2>
    <form class="fields" data-json="/api/v1/jobs/derive" data-next="/jobs/">
    <input type="hidden" name="from" value="\(HTML.text(name))">
    <p><label for="head">Dataset of the new head</label>
    <input id="head" name="head" required></p>
    <p><label for="child">Name of the child, if another</label>
    <input id="child" name="name"></p>
    <p><button type="submit">Derive and train</button></p><p role="alert" class="bad"></p>
    </form></section>
    """
  }

  private static func metrics(_ values: [String: Double]) -> String {
    guard !values.isEmpty else { return "" }
    return HTML.table(
      "Last values", ["Metric", ">Value"],
      values.sorted { $0.key < $1.key }.map { [HTML.text($0.key), Quantity.significant($0.value)] })
  }

  private static func layers(_ details: ModelDetails) -> String {
    let rows = details.layers.map { layer in
      [
        HTML.text(layer.name), HTML.text(layer.kind), layer.frozen ? "frozen" : "trainable",
        layer.inherited ? "inherited" : "own", Quantity.bytes(layer.bytes),
      ]
    }
    return "<details><summary>\(Quantity.count(rows.count, "layer"))</summary>"
      + HTML.table("Layers", ["Layer", "Kind", "Plan", "Tensors", ">Bytes"], rows) + "</details>"
  }
}
