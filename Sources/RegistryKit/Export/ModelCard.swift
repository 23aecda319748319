private import Catalog
package import Networks

/// The README.md of a model on the Hugging Face Hub: YAML that the Hub reads, then Markdown for people.
///
/// The keys are those of the Hub's model cards: <https://huggingface.co/docs/hub/model-cards>.
package struct ModelCard {
  let details: ModelDetails
  let publicName: Architecture.PublicName?
  /// The versions it comes from, the nearest first.
  let ancestors: [ModelSummary]
  /// The dataset versions that made its labels, or that it was trained on.
  let datasets: [String]
  /// What evaluations measured, the newest first.
  let evaluations: [(dataset: String, metrics: [String: Double])]

  private var model: ModelSummary { details.summary }
  private var name: String { "\(model.model)@\(model.version)" }
  /// Licences are tags; without one the Hub's word is `unknown`.
  private var licence: String { model.tags["license"] ?? model.tags["licence"] ?? "unknown" }

  /// The whole text.
  package var text: String { "---\n\(frontMatter)---\n\n\(body)" }

  private var frontMatter: String {
    var lines = ["license: \(Self.quoted(licence))", "pipeline_tag: image-classification"]
    if let publicName { lines.append("library_name: \(publicName.library.rawValue)") }
    lines += ["tags:", "- image-classification"]
    for tag in model.tags.sorted(by: { $0.key < $1.key }) where tag.key != "license" {
      lines.append("- \(Self.quoted("\(tag.key):\(tag.value)"))")
    }
    if let base = model.base { lines.append("base_model: \(Self.quoted(base.model))") }
    let names = Self.distinct(datasets.map { String($0.prefix { $0 != "@" }) })
    if !names.isEmpty {
      lines.append("datasets:")
      lines += names.map { "- \(Self.quoted($0))" }
    }
    let results = evaluations.isEmpty ? [] : results
    if !results.isEmpty {
      lines += ["metrics:"] + Self.distinct(measured).map { "- \(Self.quoted($0))" }
      lines += ["model-index:", "- name: \(Self.quoted(model.model))", "  results:"] + results
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private var measured: [String] {
    evaluations.flatMap { $0.metrics.keys.sorted().map { Self.split($0).metric } }
  }

  private var results: [String] {
    evaluations.flatMap { evaluation -> [String] in
      Dictionary(grouping: evaluation.metrics.sorted { $0.key < $1.key }) {
        Self.split($0.key).split
      }.sorted { $0.key < $1.key }.flatMap { split, metrics in
        [
          "  - task:", "      type: image-classification", "    dataset:",
          "      name: \(Self.quoted(evaluation.dataset))",
          "      type: \(Self.quoted(String(evaluation.dataset.prefix { $0 != "@" })))",
          "      split: \(Self.quoted(split))", "    metrics:",
        ]
          + metrics.flatMap {
            ["    - type: \(Self.quoted(Self.split($0.key).metric))", "      value: \($0.value)"]
          }
      }
    }
  }

  private var body: String {
    var parts = ["# \(Self.markdown(name))"]
    if let note = model.note { parts.append(Self.markdown(note)) }
    parts.append(
      "An image classifier: \(Self.markdown(model.architecture)) with "
        + "\(model.parameters) parameters, for \(model.labels.count) labels: "
        + model.labels.prefix(50).map(Self.markdown).joined(separator: ", ")
        + (model.labels.count > 50 ? ", …" : "") + ".")
    parts.append("## Lineage\n\n" + lineage)
    if !datasets.isEmpty {
      parts.append(
        "## Data\n\n" + datasets.map { "- \(Self.markdown($0))" }.joined(separator: "\n"))
    }
    if !evaluations.isEmpty {
      parts.append(
        "## Evaluation\n\n| dataset | metric | value |\n|---|---|---|\n"
          + evaluations.flatMap { evaluation in
            evaluation.metrics.sorted { $0.key < $1.key }.map {
              "| \(Self.markdown(evaluation.dataset)) | \(Self.markdown($0.key)) | \($0.value) |"
            }
          }.joined(separator: "\n"))
    }
    parts.append("## Preprocessing\n\n" + preprocessing)
    if let use { parts.append("## Use\n\n" + use) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private var lineage: String {
    let frozen = details.layers.count(where: \.frozen)
    let inherited = details.layers.count(where: \.inherited)
    var lines = [
      "\(Self.markdown(name)) was \(model.origin) on \(model.createdAt)"
        + (model.run.map { " by the run `\($0)`" } ?? "")
        + ". Of its \(details.layers.count) layers "
        + "\(inherited) are its base's, bit for bit, and \(frozen) were frozen.",
      "",
    ]
    lines += ancestors.map {
      "- \(Self.markdown("\($0.model)@\($0.version)")), \($0.origin), \(Self.markdown($0.architecture))"
    }
    for recall in model.recalled {
      lines += ["", "**Recalled:** \(Self.markdown(recall.reason))"]
    }
    return lines.joined(separator: "\n")
  }

  private var preprocessing: String {
    let steps = details.preprocessing
    return
      "The short side is resized to \(steps.shortSide) pixels (\(steps.interpolation)), the centre "
      + "cropped to \(steps.crop.map(String.init).joined(separator: " x ")); values from 0 to 1 less "
      + "\(steps.mean), divided by \(steps.standardDeviation)."
  }

  private var use: String? {
    guard let publicName else { return nil }
    let code =
      switch publicName.library {
      case .timm:
        """
        import timm
        from safetensors.torch import load_file

        model = timm.create_model("\(publicName.name)", num_classes=\(model.labels.count))
        """
      case .torchvision:
        """
        import torchvision
        from safetensors.torch import load_file

        model = torchvision.models.\(publicName.name)(num_classes=\(model.labels.count))
        """
      }
    return "```python\n\(code)\nmodel.load_state_dict(load_file(\"\(ModelFolder.weights)\"))\n```"
  }

  /// `test_accuracy` as `accuracy` on `test`.
  private static func split(_ key: String) -> (split: String, metric: String) {
    for split in ["train", "validation", "test", "all"] where key.hasPrefix("\(split)_") {
      return (split, String(key.dropFirst(split.count + 1)))
    }
    return ("test", key)
  }

  private static func distinct(_ texts: [String]) -> [String] {
    var known: Set<String> = []
    return texts.filter { known.insert($0).inserted }
  }

  /// A text in YAML's double quotes, which take JSON's escapes.
  private static func quoted(_ text: String) -> String { JSONValue.text(text).line }

  /// A text in which Markdown and HTML have no effect, on one line.
  private static func markdown(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\", "`", "*", "_", "{", "}", "[", "]", "<", ">", "(", ")", "#", "|", "!", "~", "&":
        result += "\\\(character)"
      case _ where character.isNewline: result += " "
      default: result.append(character)
      }
    }
    return result
  }
}

extension Registry {
  /// What is known about a version, for others.
  package func modelCard(
    of model: LoadedModel, _ publicName: Architecture.PublicName?
  ) throws -> ModelCard {
    let details = try self.model(model.name.description)
    var ancestors: [ModelSummary] = []
    var base = details.summary.base
    // A base that is deleted is the last that can be told of.
    while let name = base, ancestors.count < 100,
      let ancestor = try? self.model(name.description).summary
    {
      ancestors.append(ancestor)
      base = ancestor.base
    }
    let evaluations = try catalog.runs(evaluating: model.record.id, limit: 20).map { run in
      (
        dataset: run.datasets.map { "\($0.name)@\($0.version)" }.joined(separator: ","),
        metrics: try catalog.lastMetrics(of: run.id).filter(\.value.isFinite)
      )
    }
    let trained = try details.summary.run.map { try catalog.runOrTombstone($0).datasets } ?? []
    let datasets = trained.isEmpty ? model.record.datasets : trained
    return ModelCard(
      details: details, publicName: publicName, ancestors: ancestors,
      datasets: datasets.map { "\($0.name)@\($0.version)" }, evaluations: evaluations)
  }
}
